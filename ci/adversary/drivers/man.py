"""A driver that stands between the suite and the reference client, and answers some of what is asked by itself."""

import json
import os
import subprocess
import sys
import threading
import urllib.parse
import urllib.request


class Man:
    """Passes every request on, unless the trick answers it."""

    def __init__(self, trick):
        self.trick = trick
        self.child = subprocess.Popen([os.environ["PUSHPROOF"], "client-driver", *sys.argv[2:]], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.lock, self.waiting = threading.Lock(), {}
        self.started = {}
        self.told = set()

    def ask(self, request):
        """The reference client's answer."""
        answered, answer = threading.Event(), {}
        with self.lock:
            self.waiting[request["id"]] = (answered, answer)
            print(json.dumps(request), file=self.child.stdin, flush=True)
        answered.wait()
        return answer["is"]

    def api(self, method, path, body=None, token=None):
        """Asks the homeserver as the client, unless another token is given; the answer, or nothing where it is refused."""
        url = urllib.parse.urljoin(self.started["homeserver"], "_matrix/client/v3" + path)
        data = None if body is None else json.dumps(body).encode()
        token = token or self.started["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, data, headers, method=method), timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return None

    def settings(self, device=None):
        """The path of the settings event of a device; the client's own, unless another is named."""
        kind = self.started["dialect"]["settings_prefix"] + (device or self.started["device_id"])
        quoted = [urllib.parse.quote(part, safe="") for part in (self.started["user_id"], kind)]
        return f"/user/{quoted[0]}/account_data/{quoted[1]}"

    def later(self, does, *args):
        """Does something beside what is asked for."""
        threading.Thread(target=does, args=args).start()

    def is_paused(self):
        """Whether the client is paused now."""
        event = self.started and self.api("GET", self.settings())
        return bool(event) and event.get(self.started["dialect"]["paused"]) is True

    def answer(self, request):
        method = request["method"]
        if method == "start":
            self.started = request["params"]
        answer = self.trick(self, method, request)
        if answer is None:
            answer = self.ask(request)
        elif "error" in answer or "result" in answer:
            answer = {"jsonrpc": "2.0", "id": request["id"]} | answer
        print(json.dumps(answer), flush=True)

    def run(self):
        threading.Thread(target=self.hear, daemon=True).start()
        for line in sys.stdin:
            threading.Thread(target=self.answer, args=[json.loads(line)]).start()
        self.child.stdin.close()
        self.child.wait()

    def hear(self):
        for line in self.child.stdout:
            message = json.loads(line)
            with self.lock:
                answered, answer = self.waiting.pop(message["id"])
            answer["is"] = message
            answered.set()


def refuse(code, message="no"):
    """An error as an answer."""
    return {"error": {"code": code, "message": message}}


def play(tricks):
    """Plays the trick that the command line names first; what follows is for the reference client."""
    Man(tricks[sys.argv[1]]).run()
