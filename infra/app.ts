/**
 * The app: `npx cdk deploy --all` gives an account a working election with its dashboard.
 *
 * Decides nothing; `config.ts` says what can be chosen, `stacks/` what is made of it.
 */
import { App } from 'aws-cdk-lib';
import { createElections } from './stacks/elections.ts';

createElections(new App());
