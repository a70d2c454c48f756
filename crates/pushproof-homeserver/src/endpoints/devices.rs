//! `GET /devices`, `GET`, `PUT` and `DELETE /devices/{deviceId}`, `POST /delete_devices` (client-server API, "Device
//! Management").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::Lacks,
    error::MatrixError,
    fields::Fields,
    ids::DeviceId,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Operation, RemovalPath, State},
};

pub(super) fn routes() -> Vec<Route> {
    let device = "/devices/{deviceId}";
    vec![
        (Method::GET, "/devices", Endpoint::Authenticated(list)),
        (Method::GET, device, Endpoint::Authenticated(get)),
        (Method::PUT, device, Endpoint::Authenticated(rename)),
        (Method::DELETE, device, Endpoint::Authenticated(delete)),
        (Method::POST, "/delete_devices", Endpoint::Authenticated(delete_many)),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn list(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    let devices = &state.user(&caller.user).devices;
    let devices: Vec<Value> = devices.iter().map(|(id, device)| device.shown(id)).collect();
    Ok(json!({ "devices": devices }))
}

fn get(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let device = state.user(&caller.user).devices.get_key_value(request.param(0));
    device.map(|(id, device)| device.shown(id)).ok_or_else(no_such_device)
}

fn rename(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let name = body.text("display_name")?;
    let device = state.user_mut(&caller.user).devices.get_mut(request.param(0)).ok_or_else(no_such_device)?;
    if let Some(name) = name {
        device.display_name = Some(name.to_owned());
    }
    Ok(json!({}))
}

fn delete(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::DeleteDevice)?;
    let body = request.json_or_empty()?;
    let device = request.param(0);
    state.authorise_by_password(caller, body, Operation::new("delete device", device))?;
    state.remove_devices(caller, &[device.into()], RemovalPath::DeleteDevice);
    Ok(json!({}))
}

fn delete_many(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::DeleteDevices)?;
    let body = request.json()?;
    if body.value("devices").is_none() {
        return Err(MatrixError::missing_param("devices"));
    }
    let devices: Vec<DeviceId> = body.texts("devices")?.into_iter().map(DeviceId::from).collect();
    state.authorise_by_password(
        caller,
        body,
        Operation::new("delete devices", &json!(devices).to_string()),
    )?;
    state.remove_devices(caller, &devices, RemovalPath::DeleteDevices);
    Ok(json!({}))
}

fn no_such_device() -> MatrixError {
    MatrixError::not_found("no such device")
}
