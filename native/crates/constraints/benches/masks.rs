//! Cost of masks: 64 slots, 8,192 tokens.

#![allow(missing_docs, reason = "criterion_group writes functions without docs")]

#[path = "../tests/common/mod.rs"]
mod common;

use astral_constraints::region::{Place, Region, Status};
use common::{World, seeded, streams};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand::Rng;
use std::hint::black_box;

/// A row, and its masked slots with the token that each held.
type Case = (Vec<Place>, Vec<(usize, usize)>);

/// A region of 64 slots somewhere in a real file; a share of them masked.
fn region(world: &World, share: f64, rng: &mut rand::rngs::StdRng) -> Option<Case> {
    let streams = streams();
    let stream = &streams[rng.random_range(0..streams.len())];
    let start = rng.random_range(0..stream.len().saturating_sub(80).max(1));
    let (mut row, mut masked, mut slots) = (Vec::new(), Vec::new(), 0);
    for (i, lexeme) in stream.iter().enumerate() {
        if i < start || slots >= 64 {
            row.push(world.context(lexeme));
            continue;
        }
        for token in world.spell(lexeme, rng) {
            let open = rng.random_bool(share);
            row.push(if open { Place::Masked { optional: false } } else { Place::Fixed(token) });
            masked.extend(open.then_some((slots, token)));
            slots += 1;
        }
    }
    (!masked.is_empty()).then_some((row, masked))
}

fn masks(c: &mut Criterion) {
    let world = World::new(14);
    let mut group = c.benchmark_group("masks/64 slots");
    for percent in [25, 50, 75, 100] {
        let mut rng = seeded(percent);
        let cases: Vec<_> =
            std::iter::repeat_with(|| region(&world, percent as f64 / 100.0, &mut rng)).flatten().take(24).collect();
        let mut next = 0;
        group.bench_function(format!("after a commit, {percent}% masked"), |b| {
            b.iter_batched(
                || {
                    let (row, masked) = &cases[next % cases.len()];
                    next += 1;
                    let mut region = Region::new(world.grammar.clone(), world.vocabulary.clone(), row);
                    assert_eq!(region.status(), Status::Alive);
                    let (slot, token) = masked[rng.random_range(0..masked.len())];
                    region.commit(slot, token);
                    region
                },
                |mut region| {
                    black_box(region.masks());
                    region
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Milliseconds that this thread has run: other work on the machine does not count.
fn thread_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Processor time of every commit of whole fills, as percentiles: the figures that the preprint's budget is about.
fn whole_fills(_: &mut Criterion) {
    let world = World::new(14);
    let mut rng = seeded(64);
    let mut times = Vec::new();
    for _ in 0..60 {
        let Some((row, mut masked)) = region(&world, 1.0, &mut rng) else { continue };
        let mut region = Region::new(world.grammar.clone(), world.vocabulary.clone(), &row);
        while !masked.is_empty() {
            let (slot, token) = masked.swap_remove(rng.random_range(0..masked.len()));
            region.commit(slot, token);
            let start = thread_ms();
            black_box(region.masks());
            times.push(thread_ms() - start);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "64 slots, all masked at first, every commit of {} fills: p50 {:.3} ms, p95 {:.3} ms, max {:.3} ms",
        60,
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

criterion_group!(benches, whole_fills, masks);
criterion_main!(benches);
