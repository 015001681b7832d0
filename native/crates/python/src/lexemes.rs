//! Token columns as bytes.

use std::sync::{Arc, OnceLock};

use astral_syntax as syntax;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The token stream of a text, column by column.
#[pyclass(module = "astral_native", frozen)]
pub struct Lexemes {
    inner: Arc<syntax::Lexemes>,
    /// Where the tree columns come from; None for a text that was lexed without a tree.
    snapshot: Option<syntax::Snapshot>,
    columns: OnceLock<syntax::Columns>,
}

impl Lexemes {
    pub fn of(snapshot: syntax::Snapshot) -> Self {
        Self { inner: snapshot.lexemes(), snapshot: Some(snapshot), columns: OnceLock::new() }
    }

    fn columns(&self, py: Python<'_>) -> &syntax::Columns {
        py.detach(|| {
            self.columns.get_or_init(|| match &self.snapshot {
                Some(snapshot) => snapshot.columns(),
                None => syntax::Columns::blank(self.inner.len()),
            })
        })
    }
}

#[pymethods]
impl Lexemes {
    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn starts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        words(py, self.inner.starts())
    }

    fn ends<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        words(py, self.inner.ends())
    }

    fn kinds<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.kinds())
    }

    fn node_types<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let types = &self.columns(py).node_types;
        PyBytes::new_with(py, types.len() * 2, |bytes| {
            for (place, value) in bytes.chunks_exact_mut(2).zip(types) {
                place.copy_from_slice(&value.to_le_bytes());
            }
            Ok(())
        })
    }

    fn depths<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.columns(py).depths)
    }

    fn siblings<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.columns(py).siblings)
    }

    fn scopes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.columns(py).scopes)
    }

    fn at(&self, start: usize, end: usize) -> (usize, usize) {
        self.inner.at(start, end)
    }

    fn span(&self, first: usize, last: usize) -> PyResult<(usize, usize)> {
        let len = self.inner.len();
        self.inner.span(first, last).ok_or_else(|| PyIndexError::new_err(format!("lexemes {first}..{last} of {len}")))
    }
}

fn words<'py>(py: Python<'py>, values: &[u32]) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, values.len() * 4, |bytes| {
        for (place, value) in bytes.chunks_exact_mut(4).zip(values) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        Ok(())
    })
}

/// The lexemes of a text without a tree: its tree columns are all 0.
#[pyfunction]
pub fn lex(py: Python<'_>, text: &str) -> Lexemes {
    let inner = py.detach(|| Arc::new(syntax::lex(text)));
    Lexemes { inner, snapshot: None, columns: OnceLock::new() }
}
