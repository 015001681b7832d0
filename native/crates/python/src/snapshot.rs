//! Immutable document versions.

use astral_syntax as syntax;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::lexemes::Lexemes;
use crate::values::{Binding, Definition, Fault, Hole, SymbolEdge};

/// An immutable version of a document.
#[pyclass(module = "astral_native", frozen)]
pub struct Snapshot(pub syntax::Snapshot);

#[pymethods]
impl Snapshot {
    #[new]
    #[pyo3(signature = (text, version = 0))]
    fn new(py: Python<'_>, text: &str, version: i64) -> Self {
        Self(py.detach(|| syntax::Snapshot::new(text, version)))
    }

    #[getter]
    fn version(&self) -> i64 {
        self.0.version()
    }

    #[getter]
    fn byte_len(&self) -> usize {
        self.0.text().len()
    }

    #[getter]
    fn line_count(&self) -> usize {
        self.0.text().line_count()
    }

    fn text(&self, py: Python<'_>) -> &str {
        py.detach(|| self.0.source())
    }

    fn slice(&self, py: Python<'_>, start: usize, end: usize) -> PyResult<String> {
        py.detach(|| self.0.text().slice(start, end)).map_err(bad_span)
    }

    fn offset(&self, line: usize, character: usize, encoding: &str) -> PyResult<usize> {
        Ok(self.0.text().offset(line, character, encoding_named(encoding)?))
    }

    fn position(&self, offset: usize, encoding: &str) -> PyResult<(usize, usize)> {
        self.0.text().position(offset, encoding_named(encoding)?).map_err(bad_span)
    }

    fn holes(&self, py: Python<'_>) -> Vec<Hole> {
        py.detach(|| self.0.holes().into_iter().map(Hole).collect())
    }

    fn implicit_hole(&self, py: Python<'_>, offset: usize) -> PyResult<Option<Hole>> {
        py.detach(|| self.0.implicit_hole(offset)).map(|hole| hole.map(Hole)).map_err(bad_span)
    }

    fn faults(&self, py: Python<'_>) -> Vec<Fault> {
        py.detach(|| self.0.faults().iter().cloned().map(Fault).collect())
    }

    fn lexemes(&self, py: Python<'_>) -> Lexemes {
        py.detach(|| Lexemes::of(self.0.clone()))
    }

    fn scope(&self, py: Python<'_>, offset: usize) -> PyResult<Vec<Binding>> {
        let found = py.detach(|| self.0.scope(offset)).map_err(bad_span)?;
        Ok(found.into_iter().map(Binding).collect())
    }

    fn definitions(&self, py: Python<'_>) -> Vec<Definition> {
        py.detach(|| self.0.definitions().iter().cloned().map(Definition).collect())
    }

    fn enclosing(&self, py: Python<'_>, offset: usize) -> PyResult<Vec<usize>> {
        py.detach(|| self.0.enclosing(offset)).map_err(bad_span)
    }

    fn edges(&self, py: Python<'_>) -> Vec<SymbolEdge> {
        py.detach(|| self.0.edges().into_iter().map(SymbolEdge).collect())
    }

    fn dilate(&self, py: Python<'_>, start: usize, end: usize) -> PyResult<(usize, usize)> {
        py.detach(|| self.0.dilate(start, end)).map_err(bad_span)
    }

    fn statement(&self, py: Python<'_>, offset: usize) -> PyResult<(usize, usize)> {
        py.detach(|| self.0.statement(offset)).map_err(bad_span)
    }

    fn replaced(&self, py: Python<'_>, edits: Vec<(usize, usize, String)>) -> PyResult<Self> {
        py.detach(|| self.0.replaced(edits)).map(Self).map_err(bad_span)
    }

    fn sexp(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.sexp())
    }
}

fn bad_span(error: syntax::SpanError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// LSP's name of a position encoding.
pub fn encoding_named(name: &str) -> PyResult<syntax::Encoding> {
    match name {
        "utf-8" => Ok(syntax::Encoding::Utf8),
        "utf-16" => Ok(syntax::Encoding::Utf16),
        "utf-32" => Ok(syntax::Encoding::Utf32),
        _ => Err(PyValueError::new_err(format!("unknown position encoding {name:?}"))),
    }
}
