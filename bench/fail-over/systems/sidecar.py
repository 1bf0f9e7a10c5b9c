"""A candidate of the fail-over benchmark in Python, beside a sidecar of its own: `tenure serve`.

It asks as `examples/sidecar/leader.py` does, and acts by the same rule. Both processes are one group, which the
harness signals as a whole, as ECS ends a task's containers together.
"""
import ctypes, http.client, json, os, signal, socket, subprocess, sys, tempfile, threading, time

order = json.loads(sys.argv[1])
LOOK_SECONDS = order["writeIntervalMs"] / 1000
os.setpgrp()


class Sidecar(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=1)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def request(method, where):
    connection = Sidecar(path)
    try:
        connection.request(method, where)
        answer = connection.getresponse()
        return json.load(answer) if answer.status == 200 else None
    finally:
        connection.close()


def ask(term):
    """The token, the instant after which nothing may be done for it, and whether it is to end; or None."""
    asked_at = time.monotonic()
    try:
        said = request("GET", "/term")
    except (OSError, http.client.HTTPException):
        return term  # Dead or frozen: the answer before holds until its end.
    return said and (said["token"], asked_at + said["remainingMs"] / 1000, said["state"] == "draining")


def end_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_with_input():
    sys.stdin.read()
    sidecar.kill()
    os._exit(0)


path = os.path.join(tempfile.mkdtemp(), "sidecar")
lease, renew = (f"{order[name]}ms" for name in ("leaseDurationMs", "renewIntervalMs"))
serve = [order["node"], order["tenure"], "serve", order["election"], "--socket", path]
local = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL_DYNAMODB": f"http://{order['host']}:{order['port']}",
}
sidecar = subprocess.Popen(
    [*serve, "--table", order["table"], "--lease", lease, "--renew", renew],
    env={**os.environ, **local},
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    preexec_fn=end_with_parent,
)
signal.signal(signal.SIGTERM, lambda *_: None)  # The sidecar drains, and the next answer says so.
threading.Thread(target=end_with_input, daemon=True).start()
while not os.path.exists(path) and sidecar.poll() is None:
    time.sleep(0.01)
print(f"ready -{os.getpgrp()}", flush=True)

term = None
while sidecar.poll() is None:
    term = ask(term)
    if term is not None and term[2]:
        try:
            request("POST", "/resign")
        except (OSError, http.client.HTTPException):
            pass
        term = None
    elif term is not None and time.monotonic() < term[1]:
        print(f"w {term[0]} {time.monotonic() * 1000}", flush=True)
    time.sleep(LOOK_SECONDS)
