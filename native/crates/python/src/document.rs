//! Documents under edit.

use std::sync::{Mutex, MutexGuard, PoisonError};

use astral_syntax as syntax;
use pyo3::prelude::*;

use crate::snapshot::{Snapshot, encoding_named};

/// A document under edit, fed by LSP change events.
#[pyclass(module = "astral_native", frozen)]
pub struct Document(Mutex<syntax::Document>);

impl Document {
    /// A panic cannot leave a document half changed: its snapshot is replaced last.
    fn lock(&self) -> MutexGuard<'_, syntax::Document> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Document {
    #[new]
    #[pyo3(signature = (text, version = 0, encoding = "utf-16"))]
    fn new(py: Python<'_>, text: &str, version: i64, encoding: &str) -> PyResult<Self> {
        let encoding = encoding_named(encoding)?;
        Ok(Self(Mutex::new(py.detach(|| syntax::Document::new(text, version, encoding)))))
    }

    fn apply(&self, py: Python<'_>, changes: Vec<syntax::Change>, version: i64) {
        py.detach(|| self.lock().apply(&changes, version));
    }

    fn snapshot(&self, py: Python<'_>) -> Snapshot {
        py.detach(|| Snapshot(self.lock().snapshot()))
    }
}
