// The driver protocol's end of a driver in JavaScript: requests are read, answered by methods, and the answers written.

import { createInterface } from "node:readline";

// An answer that is an error of the protocol.
export class Refused extends Error {
    constructor(code, message) {
        super(message);
        this.code = code;
    }
}

// Answers until stdin is closed. A method takes the params and gives the result; `missing` is said where there is none.
export async function serve(methods, missing) {
    async function answer({ id, method, params }) {
        let said;
        try {
            if (!Object.hasOwn(methods, method)) throw new Refused(-32601, missing);
            said = { result: await methods[method](params ?? {}) };
        } catch (error) {
            said = { error: { code: error instanceof Refused ? error.code : -32000, message: error.message } };
        }
        process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...said })}\n`);
    }

    for await (const line of createInterface({ input: process.stdin })) answer(JSON.parse(line));
}
