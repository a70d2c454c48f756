//! Reading the fields of a JSON object, with the error codes that Matrix has for what is missing or of the wrong type.

use serde_json::{Map, Value};

use crate::error::MatrixError;

#[cfg(test)]
thread_local! {
    /// The names of all fields that were read on this thread, for tests of what reads them.
    pub(crate) static READ: std::cell::RefCell<std::collections::BTreeSet<String>> = std::cell::RefCell::default();
}

/// The fields of a request's JSON object.
pub(crate) trait Fields {
    /// The value of a field; null counts as absent, as Matrix servers commonly take it.
    fn value(&self, name: &str) -> Option<&Value>;

    /// A text that may be absent.
    fn text(&self, name: &str) -> Result<Option<&str>, MatrixError> {
        typed(name, "a string", self.value(name), Value::as_str)
    }

    /// A text that must be there.
    fn required_text(&self, name: &str) -> Result<&str, MatrixError> {
        self.text(name)?.ok_or_else(|| MatrixError::missing_param(name))
    }

    /// A truth value that may be absent.
    fn truth(&self, name: &str) -> Result<Option<bool>, MatrixError> {
        typed(name, "a boolean", self.value(name), Value::as_bool)
    }

    /// An object that may be absent.
    fn object(&self, name: &str) -> Result<Option<&Map<String, Value>>, MatrixError> {
        typed(name, "an object", self.value(name), Value::as_object)
    }

    /// An object that must be there.
    fn required_object(&self, name: &str) -> Result<&Map<String, Value>, MatrixError> {
        self.object(name)?.ok_or_else(|| MatrixError::missing_param(name))
    }

    /// A list that may be absent.
    fn list(&self, name: &str) -> Result<Option<&Vec<Value>>, MatrixError> {
        typed(name, "a list", self.value(name), Value::as_array)
    }

    /// A list of texts; absent reads as empty.
    fn texts(&self, name: &str) -> Result<Vec<&str>, MatrixError> {
        self.list(name)?
            .into_iter()
            .flatten()
            .map(|item| item.as_str().ok_or_else(|| wrong_type(name, "a list of strings")))
            .collect()
    }
}

impl Fields for Map<String, Value> {
    fn value(&self, name: &str) -> Option<&Value> {
        #[cfg(test)]
        READ.with_borrow_mut(|read| read.insert(name.to_owned()));
        self.get(name).filter(|value| !value.is_null())
    }
}

fn typed<'a, T>(
    name: &str,
    expected: &str,
    value: Option<&'a Value>,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, MatrixError> {
    value.map(|value| read(value).ok_or_else(|| wrong_type(name, expected))).transpose()
}

fn wrong_type(name: &str, expected: &str) -> MatrixError {
    MatrixError::bad_json(format!("`{name}` must be {expected}"))
}
