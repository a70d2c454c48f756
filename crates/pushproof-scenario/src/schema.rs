//! The JSON Schema of a scenario file, for editors: they complete verbs and fields, and show their documentation.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{CommonFields, StepKind, file::File};

/// The JSON Schema (2020-12) of a scenario file. It knows less than the parser: to it, templates are any text, and
/// bodies and patterns any values.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let file = File::json_schema(&mut generator).to_value();
    let common = CommonFields::json_schema(&mut generator).to_value();
    let kinds = StepKind::json_schema(&mut generator).to_value();
    let mut definitions = generator.take_definitions(true);

    let mut verbs = verbs(&kinds);
    for payload in verbs.values().filter_map(|verb| definition(verb)) {
        add_properties(&mut definitions[payload], &common);
    }
    definitions.values_mut().for_each(allow_variables);
    verbs.insert(
        "at_once".to_owned(),
        json!({ "$ref": "#/$defs/Steps", "description": "Steps that are done at the same time." }),
    );
    definitions.insert(
        "Step".to_owned(),
        json!({
            "description": "A verb with its fields.",
            "type": "object",
            "properties": verbs,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        }),
    );
    definitions.insert(
        "Steps".to_owned(),
        json!({
            "type": "array",
            "items": { "anyOf": [{ "$ref": "#/$defs/Step" }, { "$ref": "#/$defs/Variable" }] },
        }),
    );
    definitions.insert(
        "Variable".to_owned(),
        json!({
            "description": "A variable of the case: `$case.name` for a whole value, `{case.name}` inside text.",
            "type": "string",
            "pattern": "^\\$case\\.[a-z][a-z0-9-]*$|\\{case\\.[a-z][a-z0-9-]*\\}",
        }),
    );
    root(file, definitions)
}

fn root(file: Value, definitions: Map<String, Value>) -> Value {
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pushproof scenario",
    });
    add(&mut root, file);
    add(&mut root["properties"]["steps"], json!({ "$ref": "#/$defs/Steps" }));
    root["$defs"] = Value::Object(definitions);
    root
}

/// The verbs with their payloads, each with the documentation of its payload: one object of which one property is
/// there. Editors complete that better than as many alternatives as there are verbs.
fn verbs(kinds: &Value) -> Map<String, Value> {
    let alternatives = kinds["oneOf"].as_array().into_iter().flatten();
    let properties = alternatives.filter_map(|alternative| alternative["properties"].as_object());
    properties.flatten().map(|(verb, payload)| (verb.clone(), payload.clone())).collect()
}

/// The name of the definition that a schema refers to.
fn definition(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

fn add_properties(object: &mut Value, more: &Value) {
    add(&mut object["properties"], more["properties"].clone());
}

/// Adds the keys of one object to another.
fn add(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// Wherever a value stands in a step, a variable of the case may stand instead.
fn allow_variables(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    for (key, below) in schema {
        match (key.as_str(), below) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(or_variable),
            ("items" | "additionalProperties", below @ Value::Object(_)) => or_variable(below),
            ("oneOf" | "anyOf", Value::Array(alternatives)) => {
                alternatives.iter_mut().for_each(allow_variables);
            }
            _ => {}
        }
    }
}

fn or_variable(schema: &mut Value) {
    allow_variables(schema);
    let Value::Object(object) = schema else { return };
    // What is said of a value, apart from what it can be.
    let mut said = Map::new();
    for key in ["description", "default"] {
        said.extend(object.remove_entry(key));
    }
    let takes_any_value = object.is_empty();
    if !takes_any_value {
        let value = std::mem::take(schema);
        *schema = json!({ "anyOf": [value, { "$ref": "#/$defs/Variable" }] });
    }
    add(schema, Value::Object(said));
}
