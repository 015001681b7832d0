//! Hard masks: a vocabulary, the surroundings of a hole, a fill under denoising.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use astral_constraints::bits::BitSet;
use astral_constraints::bundled::Bundled;
use astral_constraints::fill;
use astral_constraints::frame::{Frame, Hole};
use astral_constraints::grammar::Grammar;
use astral_constraints::region::Status;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Python's grammar over the tokens of a model.
#[pyclass(module = "astral_native", frozen)]
pub struct Constraints {
    grammar: Arc<Grammar>,
    bundled: Arc<Bundled>,
    /// Every hole that one expression fills is the same one to the grammar, and what is remembered of it serves them all.
    expression: Arc<Frame>,
}

#[pymethods]
impl Constraints {
    #[new]
    fn new(py: Python<'_>, names: Vec<String>, minor: u8) -> PyResult<Self> {
        if !(11..=14).contains(&minor) {
            return Err(PyValueError::new_err(format!("no grammar of Python 3.{minor}")));
        }
        Ok(py.detach(|| {
            let grammar = Arc::new(Grammar::python(minor));
            let bundled = Arc::new(Bundled::new(&grammar, &names, minor));
            let expression = Arc::new(Frame::expression(grammar.clone(), bundled.clone()));
            Self { grammar, bundled, expression }
        }))
    }

    #[pyo3(signature = (ids, first, last, joins = false, ends_line = false))]
    fn around(
        &self,
        py: Python<'_>,
        ids: Vec<usize>,
        first: usize,
        last: usize,
        joins: bool,
        ends_line: bool,
    ) -> PyResult<Surrounded> {
        known(&ids, self.bundled.tokens.len())?;
        if first > last || last > ids.len() {
            return Err(PyIndexError::new_err(format!("tokens {first}..{last} of {}", ids.len())));
        }
        let (grammar, bundled) = (self.grammar.clone(), self.bundled.clone());
        let frame = py.detach(|| Arc::new(Frame::new(grammar, bundled, &ids, Hole { first, last, joins, ends_line })));
        Ok(Surrounded { frame, width: self.bundled.tokens.len() })
    }

    fn expression(&self) -> Surrounded {
        Surrounded { frame: self.expression.clone(), width: self.bundled.tokens.len() }
    }
}

/// A hole among the tokens of its document.
#[pyclass(module = "astral_native", frozen)]
pub struct Surrounded {
    frame: Arc<Frame>,
    width: usize,
}

#[pymethods]
impl Surrounded {
    fn parses(&self, py: Python<'_>) -> bool {
        py.detach(|| self.frame.parses())
    }

    fn fixed(&self, py: Python<'_>, ids: Vec<usize>) -> PyResult<MaskedFill> {
        known(&ids, self.width)?;
        Ok(MaskedFill(Mutex::new(py.detach(|| fill::Fill::fixed(self.frame.clone(), &ids)))))
    }

    fn growing(&self, py: Python<'_>, ids: Vec<usize>) -> PyResult<MaskedFill> {
        known(&ids, self.width)?;
        Ok(MaskedFill(Mutex::new(py.detach(|| fill::Fill::growing(self.frame.clone(), &ids)))))
    }
}

/// A fill under denoising.
#[pyclass(module = "astral_native", frozen)]
pub struct MaskedFill(Mutex<fill::Fill>);

impl MaskedFill {
    fn lock(&self) -> MutexGuard<'_, fill::Fill> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows<'py>(
        &self,
        py: Python<'py>,
        slots: &[usize],
        mask: fn(&fill::Fill, usize) -> BitSet,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| {
            let fill = self.lock();
            known(slots, fill.len())?;
            let width = fill.width();
            let mut bytes = vec![0; slots.len() * width];
            for (row, &slot) in bytes.chunks_exact_mut(width.max(1)).zip(slots) {
                mask(&fill, slot).iter().for_each(|id| row[id] = 1);
            }
            Ok::<_, PyErr>(bytes)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }
}

#[pymethods]
impl MaskedFill {
    fn status(&self, py: Python<'_>) -> &'static str {
        match py.detach(|| self.lock().status()) {
            Status::Alive => "alive",
            Status::Dead => "dead",
            Status::Undecided => "undecided",
        }
    }

    fn masks<'py>(&self, py: Python<'py>, slots: Vec<usize>) -> PyResult<Bound<'py, PyBytes>> {
        self.rows(py, &slots, fill::Fill::mask)
    }

    fn exact_mask<'py>(&self, py: Python<'py>, slot: usize) -> PyResult<Bound<'py, PyBytes>> {
        self.rows(py, &[slot], fill::Fill::exact_mask)
    }

    fn propose(&self, py: Python<'_>, slot: usize, id: usize) -> PyResult<bool> {
        py.detach(|| {
            let mut fill = self.lock();
            known(&[slot], fill.len())?;
            known(&[id], fill.width())?;
            Ok(fill.propose(slot, id))
        })
    }

    fn best(&self, py: Python<'_>, log_probs: &[u8]) -> PyResult<Option<Vec<usize>>> {
        py.detach(|| {
            let mut fill = self.lock();
            let width = fill.width();
            if log_probs.len() != fill.len() * width * 4 {
                return Err(PyValueError::new_err("log_probs is not slots × vocabulary of float32"));
            }
            let score = |slot: usize, id: usize| {
                let at = (slot * width + id) * 4;
                log_probs[at..at + 4].try_into().map_or(f32::NEG_INFINITY, f32::from_le_bytes)
            };
            Ok(fill.best(&mut { score }))
        })
    }
}

fn known(ids: &[usize], below: usize) -> PyResult<()> {
    match ids.iter().find(|&&id| id >= below) {
        Some(id) => Err(PyIndexError::new_err(format!("{id} of {below}"))),
        None => Ok(()),
    }
}
