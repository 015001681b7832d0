//! §3.4's four rows and what they are made of, on a 10 kB module.

use std::hint::black_box;

use astral_syntax::{Lexeme, Snapshot, lex};
use criterion::{BatchSize, Criterion};

const FUNCTION: &str = r#"
@cached
def transfer(self, source: Account, target: Account, amount: Decimal = Decimal("1.00")) -> Receipt | None:
    """Move an amount between two accounts."""
    if amount <= 0 or source is target:
        raise ValueError(f"cannot transfer {amount!r:>10} from {source.name}")
    entries = [entry for entry in source.entries if entry.open and entry.amount >= amount]
    for position, entry in enumerate(sorted(entries, key=lambda entry: -entry.amount)):
        if position > 3:
            break
        entry.amount -= amount
        target.entries.append(Entry(entry.kind, amount=amount, **self.options))
    with self.lock as lock, self.journal("transfer", [source, target]) as journal:
        journal.write({"source": source.id, "target": target.id, "amount": str(amount)})
    return self.receipts.get((source.id, target.id), default=None)
"#;

/// A module of about 10 kB.
fn module() -> String {
    let mut text = String::from("from decimal import Decimal\n\n\nclass Bank:\n");
    while text.len() < 10_240 {
        for line in FUNCTION.lines() {
            text.push_str(if line.is_empty() { "" } else { "    " });
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Spans of the names of a snapshot: the places where a denoiser puts tokens.
fn names(snapshot: &Snapshot) -> Vec<(usize, usize)> {
    let lexemes = snapshot.lexemes();
    let is_name = |index: &usize| lexemes.kind(*index) == Lexeme::NAME;
    (0..lexemes.len()).filter(is_name).filter_map(|index| lexemes.span(index, index + 1)).collect()
}

/// The snapshot with the `turn`-th name replaced.
fn replaced(snapshot: &Snapshot, names: &[(usize, usize)], turn: usize, token: &str) -> Snapshot {
    let (start, end) = names[turn * 7919 % names.len()];
    snapshot.replaced(vec![(start, end, token.to_owned())]).expect("names are spans of the text")
}

/// Decode, parse, localise, remask: the lexemes to mask again after a token that does not fit.
fn cycle(snapshot: &Snapshot, names: &[(usize, usize)], turn: usize) -> Vec<(usize, usize)> {
    let decoded = replaced(snapshot, names, turn, ")");
    let lexemes = decoded.lexemes();
    let faults = decoded.faults().iter();
    faults
        .filter_map(|fault| decoded.dilate(fault.start, fault.end).ok())
        .map(|(start, end)| lexemes.at(start, end))
        .collect()
}

fn benches(criterion: &mut Criterion) {
    let text = module();
    let snapshot = Snapshot::new(&text, 0);
    let names = names(&snapshot);
    let lexemes = snapshot.lexemes();
    let mut turn = 0;
    let mut next = || {
        turn += 1;
        turn
    };
    criterion.bench_function("parse_10kb", |b| b.iter(|| Snapshot::new(black_box(&text), 0)));
    criterion.bench_function("reparse", |b| b.iter(|| replaced(&snapshot, &names, next(), "other")));
    criterion.bench_function("localise", |b| {
        let broken = || replaced(&snapshot, &names, next(), ")");
        b.iter_batched_ref(broken, |broken| broken.faults().len(), BatchSize::SmallInput);
    });
    criterion.bench_function("span_map", |b| {
        b.iter(|| {
            let (start, end) = names[next() % names.len()];
            let (first, last) = lexemes.at(start, end);
            lexemes.span(first, last)
        });
    });
    criterion.bench_function("cycle", |b| b.iter(|| cycle(&snapshot, &names, next())));
    criterion.bench_function("lex_10kb", |b| b.iter(|| lex(black_box(&text))));
    criterion.bench_function("columns_10kb", |b| b.iter(|| snapshot.columns()));
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
