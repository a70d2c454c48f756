// matrix-js-sdk as it is installed, without what it logs, also on a Node that is older than it asks for.

export const [say, complain] = [console.log, console.error];

// What it logs is long; what matters in it comes up as a step that fails.
for (const level of ["trace", "debug", "info", "log", "warn", "error"]) console[level] = () => {};

// The SDK is made for Node 22; this is all that Node 20 lacks of it.
Promise.withResolvers ??= function () {
    let resolve, reject;
    const promise = new this((onResolve, onReject) => ([resolve, reject] = [onResolve, onReject]));
    return { promise, resolve, reject };
};

export const sdk = await import("matrix-js-sdk");
