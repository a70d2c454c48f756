"""A homeserver that is the reference, but for what a trick does on the way."""

import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.parse

NAMES = {
    "state": "org.matrix.msc0000.is_disabled",
    "link": "org.matrix.msc0000.device_id",
    "settings": "org.matrix.msc0000.notification_settings.",
}


class Request:
    """What a client asked for."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        split = urllib.parse.urlsplit(target)
        self.path, self.query = split.path, urllib.parse.parse_qs(split.query)
        self.token = headers.get("Authorization", "").removeprefix("Bearer ")

    def json(self):
        try:
            body = json.loads(self.body)
            return body if isinstance(body, dict) else {}
        except ValueError:
            return {}

    def is_(self, method, end):
        return self.method == method and self.path.endswith(end)


class Homeserver:
    """A homeserver, for what stands before it."""

    def __init__(self, address):
        self.address = address

    def ask(self, method, target, body=b"", token=None, headers=None):
        """The homeserver's answer: its status and its body."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = dict(headers or {"Content-Type": "application/json"})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection(self.address, timeout=300)
        try:
            connection.request(method, target, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def hand_on(self, request):
        return self.ask(request.method, request.target, request.body, headers=request.headers)

    def passed(self, request):
        """What the homeserver answers, for a trick that changes it."""
        status, body = self.hand_on(request)
        return status, json.loads(body)

    def later(self, seconds, does, *args):
        timer = threading.Timer(seconds, does, args)
        timer.daemon = True
        timer.start()

    def answer(self, request):
        """What whoever asks is answered: what the trick has for it, or else the homeserver."""
        answered = self.trick(self, request)
        status, body = self.hand_on(request) if answered is None else answered
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()


class Server(Homeserver):
    """The reference, and what is known of those who ask it."""

    def __init__(self, trick, serve=()):
        self.trick = trick
        self.users, self.tokens, self.settings = {}, {}, {}
        self.asked = 0
        self.reference = subprocess.Popen(
            [os.environ["PUSHPROOF"], "serve", "--listen", "127.0.0.1:0", *serve], stdout=subprocess.PIPE, text=True)
        super().__init__(urllib.parse.urlsplit(self.reference.stdout.readline().split()[1]).netloc)

    def note(self, request, status, body):
        """Remembers who has which token, and which settings events were written."""
        self.asked += 1
        if status != 200:
            return
        if request.is_("POST", "/register") or request.is_("POST", "/login"):
            answer = json.loads(body)
            if "access_token" in answer:
                token = answer["access_token"]
                self.users[token] = (answer["user_id"], answer["device_id"])
                self.tokens.setdefault(answer["user_id"], []).append(token)
        kind = urllib.parse.unquote(request.path.rsplit("/", 1)[-1])
        if request.method == "PUT" and kind.startswith(NAMES["settings"]):
            self.settings[request.path] = (request.token, request.body)

    def pushers(self, user):
        """All pushers of a user."""
        for token in reversed(self.tokens.get(user, [])):
            status, body = self.ask("GET", "/_matrix/client/v3/pushers", token=token)
            if status == 200:
                return json.loads(body)["pushers"]
        return []

    def disabled(self):
        """All disabled pushers that have a gateway."""
        return [pusher for user in list(self.tokens) for pusher in self.pushers(user)
                if pusher.get(NAMES["state"]) and pusher["kind"] == "http"]

    def answer(self, request):
        status, body = super().answer(request)
        self.note(request, status, body)
        return status, body


def error(status, errcode, message):
    return status, {"errcode": errcode, "error": message}


def handler(server, tls):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            # The handshake is done by the thread of the connection.
            if tls:
                self.request = tls.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle_one(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            keep = {"authorization", "content-type"}
            headers = {name.title(): value for name, value in self.headers.items() if name.lower() in keep}
            try:
                status, answer = server.answer(Request(self.command, self.path, headers, body))
            except (OSError, http.client.HTTPException):
                status, answer = 502, b'{"errcode": "M_UNKNOWN", "error": "the reference is gone"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_one

        def log_message(self, *args):
            pass

    return Handler


class Listening(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *args):
        """Whoever hangs up is nothing to tell of."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(*args)


def listen(server, tls=None):
    """Answers from now on, as long as the process lasts; where."""
    listening = Listening(("127.0.0.1", 0), handler(server, tls))
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    return f"127.0.0.1:{listening.server_address[1]}"


def play(tricks, tls=None, afterwards=None):
    """Serves the trick that the command line names, and runs pushproof with the words that follow, in which `@url` and
    `@address` are where it is served. Ends as that does, when `afterwards` has said what there is to say of it."""
    name, *words = sys.argv[1:]
    server = Server(tricks[name])
    address = listen(server, tls)
    url = f"{'https' if tls else 'http'}://{address}"
    words = [word.replace("@url", url).replace("@address", address) for word in words]
    # An interruption is for the run; a handler of one's own is not handed on to it.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.call([os.environ["PUSHPROOF"], *words])
        if afterwards:
            print(afterwards(server), flush=True)
    finally:
        server.reference.terminate()
        server.reference.wait()
    os._exit(code)
