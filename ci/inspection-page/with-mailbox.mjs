// Runs a command with a relay that takes every mail, whose address the command finds in PUSHPROOF_SMTP, and ends with the
// command's exit code.
//
//   with-mailbox.mjs COMMAND ARGS…

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

// A conversation as RFC 5321 has it, without extensions.
const relay = createServer((socket) => {
    const say = (line) => socket.write(`${line}\r\n`);
    let inMail = false;
    say("220 relay");
    socket.on("error", () => socket.destroy());
    createInterface({ input: socket }).on("line", (line) => {
        if (inMail) {
            if (line !== ".") return;
            inMail = false;
            say("250 taken");
        } else if (/^DATA/i.test(line)) {
            inMail = true;
            say("354 go on");
        } else {
            say(/^QUIT/i.test(line) ? "221 bye" : "250 relay");
        }
    });
});
relay.listen(0, "127.0.0.1");
await once(relay, "listening");
const [command, ...args] = process.argv.slice(2);
const env = { ...process.env, PUSHPROOF_SMTP: `127.0.0.1:${relay.address().port}` };
const [code] = await once(spawn(command, args, { env, stdio: "inherit" }), "exit");
process.exit(code ?? 1);
