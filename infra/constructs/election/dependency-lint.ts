/**
 * What cfn-lint is told of a dependency on a whole construct: of a role its policies count, of a cluster
 * its capacity providers, and neither is referred to elsewhere. The role and the cluster themselves are,
 * so that their part of the dependency is said twice.
 */
import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** cfn-lint's rule against a DependsOn that a reference implies. */
const RULE = 'W3005';

/** Acknowledges, in the template itself, that `construct` depends on more than it refers to. */
export function acknowledgeDependency(construct: IConstruct): void {
  const resources = [construct, ...construct.node.children].filter(
    (child): child is CfnResource => 'cfnResourceType' in child,
  );
  for (const resource of resources) {
    resource.addMetadata('cfn-lint', { config: { ignore_checks: [RULE] } });
  }
}
