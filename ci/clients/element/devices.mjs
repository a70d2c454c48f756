// The list of the user's sessions as Element shows it: its own hook and its own component, opened anew each time, with
// every session unfolded. What it shows, and whether it offers to silence, is read off its switches.

import { TooltipProvider } from "@vector-im/compound-web";
import { createElement } from "react";
import { render, unmountComponentAtNode } from "react-dom";
import { FilteredDeviceList } from "matrix-react-sdk/src/components/views/settings/devices/FilteredDeviceList";
import { useOwnDevices } from "matrix-react-sdk/src/components/views/settings/devices/useOwnDevices";
import { SDKContext, SdkContextClass } from "matrix-react-sdk/src/contexts/SDKContext";

let own;
let setting;

function Sessions() {
    own = useOwnDevices();
    const { devices, pushers, localNotificationSettings, supportsMSC3881, saveDeviceName } = own;
    const nothing = () => {};
    return createElement(FilteredDeviceList, {
        devices, pushers, localNotificationSettings, supportsMSC3881, saveDeviceName,
        expandedDeviceIds: Object.keys(devices), signingOutDeviceIds: [], selectedDeviceIds: [],
        disableMultipleSignout: true, onFilterChange: nothing, onDeviceExpandToggle: nothing, onSignOutDevices: nothing,
        setSelectedDeviceIds: nothing,
        setPushNotifications: (...params) => (setting = own.setPushNotifications(...params)),
    });
}

// Calls what looks at the list once it is there.
async function opened(client, look) {
    SdkContextClass.instance.client = client;
    const place = document.body.appendChild(document.createElement("div"));
    const sessions = createElement(SDKContext.Provider, { value: SdkContextClass.instance }, createElement(Sessions));
    own = undefined;
    try {
        render(createElement(TooltipProvider, {}, sessions), place);
        while (own?.isLoadingDeviceList !== false) await new Promise((resolve) => setTimeout(resolve, 10));
        if (own.error) throw new Error(`the list of sessions is not to be had: ${own.error}`);
        const details = (device) => place.querySelector(`[data-testid="device-detail-${CSS.escape(device)}"]`);
        return await look((device) => details(device).querySelector("[role=switch]"));
    } finally {
        unmountComponentAtNode(place);
        place.remove();
    }
}

const isOn = (shown) => shown.getAttribute("aria-checked") === "true";
const isOffered = (shown) => shown !== null && shown.getAttribute("aria-disabled") !== "true";

export function list(client) {
    return opened(client, (switchOf) => Object.keys(own.devices).map((device_id) => {
        const shown = switchOf(device_id);
        const push = shown === null ? "unsupported" : isOn(shown) ? "enabled" : "disabled";
        return { device_id, push, toggle: isOffered(shown) };
    }));
}

export function setPush(client, { device_id, enabled }) {
    return opened(client, async (switchOf) => {
        const shown = switchOf(device_id);
        if (!isOffered(shown)) throw new Error("no switch is offered for this session");
        if (isOn(shown) === enabled) return;
        shown.click();
        await setting;
    });
}
