"""The reference client, with something between it and its homeserver."""

import sys
import urllib.parse

from man import Man
from servers.proxy import Homeserver, listen


class Between(Homeserver):
    """What the client takes for its homeserver. Hands every request on, unless the trick answers it."""

    def __init__(self, trick, started):
        super().__init__(urllib.parse.urlsplit(started["homeserver"]).netloc)
        self.trick = trick
        self.started, self.names = started, started["dialect"]
        # What a trick remembers.
        self.seen = {}

    def state(self, enabled):
        return enabled != self.names["state_means_disabled"]

    def settings_of(self, request):
        """The device whose settings event a request writes, if it does."""
        kind = urllib.parse.unquote(request.path.rsplit("/", 1)[-1])
        if request.method == "PUT" and kind.startswith(self.names["settings_prefix"]):
            return kind.removeprefix(self.names["settings_prefix"])
        return None


def play(tricks):
    """Plays the trick that the command line names."""
    def start(man, method, request):
        if method != "start":
            return None
        address = listen(Between(tricks[sys.argv[1]], request["params"]))
        params = request["params"] | {"homeserver": f"http://{address}/"}
        return man.ask(request | {"params": params})

    Man(start).run()
