// Which event a sound is for. Element calls the platform's loudNotification before it decides whether there is to be
// a sound. If there is, it starts one in the same turn, or first fetches what it is to play. The platform is not told when
// one starts, so that this is seen where browsers play sounds.

let asked;
const fetching = [];
let heard = () => {};

// Tells of every sound that starts.
export function listen(listener) {
    heard = listener;
}

// What sounds until the end of this turn is for this event.
export function expect(event) {
    asked = event;
    queueMicrotask(() => (asked = undefined));
}

// Whether there is a sound that has yet to start.
export function pending() {
    return fetching.length > 0;
}

const { fetch } = window;
window.fetch = (...args) => {
    if (asked && String(args[0]).startsWith("media/")) fetching.push(asked);
    return fetch(...args);
};

const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (...args) {
    heard(asked ?? fetching.shift());
    return start.apply(this, args);
};
