//! Masks for byte-level vocabularies: a fill that grows from left to right.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use astral_constraints::bytes;
use astral_constraints::grammar::Grammar;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A byte-level vocabulary with Python's grammar.
#[pyclass(module = "astral_native", frozen)]
pub struct ByteVocabulary(Arc<bytes::ByteVocabulary>);

#[pymethods]
impl ByteVocabulary {
    #[new]
    fn new(py: Python<'_>, tokens: Vec<Vec<u8>>, minor: u8) -> PyResult<Self> {
        if !(11..=14).contains(&minor) {
            return Err(PyValueError::new_err(format!("no grammar of Python 3.{minor}")));
        }
        let made = py.detach(|| bytes::ByteVocabulary::new(Arc::new(Grammar::python(minor)), tokens, minor));
        Ok(Self(Arc::new(made)))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn between(&self, py: Python<'_>, before: &str, after: &str) -> BytePrefix {
        let fill = py.detach(|| bytes::BytePrefix::new(self.0.clone(), before, after));
        BytePrefix { fill: Mutex::new(fill), width: self.0.len() }
    }
}

/// The beginning of a fill, as bytes.
#[pyclass(module = "astral_native", frozen)]
pub struct BytePrefix {
    fill: Mutex<bytes::BytePrefix>,
    width: usize,
}

impl BytePrefix {
    fn lock(&self) -> MutexGuard<'_, bytes::BytePrefix> {
        self.fill.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl BytePrefix {
    fn guided(&self) -> bool {
        self.lock().guided()
    }

    fn text<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.lock().text())
    }

    fn copy(&self) -> Self {
        Self { fill: Mutex::new(self.lock().clone()), width: self.width }
    }

    fn push(&self, py: Python<'_>, id: usize) -> PyResult<bool> {
        if id >= self.width {
            return Err(PyIndexError::new_err(format!("{id} of {}", self.width)));
        }
        Ok(py.detach(|| self.lock().push(id)))
    }

    fn write(&self, py: Python<'_>, text: &[u8]) -> bool {
        py.detach(|| self.lock().write(text))
    }

    fn allowed<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mask = py.detach(|| {
            let mut mask = vec![0; self.width];
            self.lock().allowed().iter().for_each(|id| mask[id] = 1);
            mask
        });
        PyBytes::new(py, &mask)
    }

    fn completes(&self, py: Python<'_>) -> bool {
        py.detach(|| self.lock().completes())
    }

    fn ends(&self, py: Python<'_>) -> bool {
        py.detach(|| self.lock().ends())
    }
}
