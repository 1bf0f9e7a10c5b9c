"""A program beside `tenure serve --socket <path>`: it acts while its sidecar leads, and never later.

The rule is in may_act: count from before the question, by a clock that nobody sets.
"""
import http.client, json, socket, sys, time


class Sidecar(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=1)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, term):
    """The token and the instant after which nothing may be done for it, or None."""
    asked_at = time.monotonic()
    try:
        connection = Sidecar(path)
        connection.request("GET", "/term")
        answer = connection.getresponse()
        said = json.load(answer) if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return term  # Dead or frozen: the answer before holds until its end.
    return said and (said["token"], asked_at + said["remainingMs"] / 1000)


def may_act(term):
    return term is not None and time.monotonic() < term[1]


term = None
while True:
    term = ask(sys.argv[1], term)
    if may_act(term):  # Before each effect, and the token goes with it.
        print(json.dumps({"event": "effect", "token": term[0], "atMs": time.time() * 1000}), flush=True)
    time.sleep(0.05)
