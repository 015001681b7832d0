//! The token that a real file has in a slot is never pruned.

mod common;

use astral_constraints::region::{Region, Status};
use common::{World, cut, seeded, streams};

/// Masks random tokens of real files `cases` times; every original must stand in its mask, at first and after each commit.
///
/// The maskings of one file come one after the other, so that the groups of its context are decided once (the grammar remembers them);
/// each is a region of its own all the same.
fn never_prunes(seed: u64, cases: usize) {
    let world = World::new(14);
    let streams = streams();
    let mut rng = seeded(seed);
    let of_each = cases.div_ceil(streams.len());
    let mut undecided = 0;
    for number in 0..cases {
        let stream = &streams[number / of_each];
        let case = cut(&world, stream, &mut rng);
        let mut region = Region::new(world.grammar.clone(), world.vocabulary.clone(), &case.row);
        undecided += usize::from(region.status() == Status::Undecided);
        assert_ne!(region.status(), Status::Dead, "seed {seed}, case {number}: dead at once");
        for (slot, &(masked, token)) in case.slots.iter().enumerate() {
            let allowed = region.masks()[slot].tokens.contains(token);
            assert!(allowed, "seed {seed}, case {number}, slot {slot}: {:?} pruned", world.piece(token));
            if masked && number % 8 == 0 {
                region.commit(slot, token);
            }
        }
        assert_ne!(region.status(), Status::Dead, "seed {seed}, case {number}: dead after commits");
    }
    println!("{cases} cases, {undecided} undecided");
    assert!(undecided * 20 < cases, "{undecided} of {cases} were too large to decide");
}

#[test]
fn originals_survive_masking() {
    never_prunes(20_261, 2_000);
}

#[test]
#[ignore = "long: 200,000 cases"]
fn originals_survive_masking_long() {
    let number =
        |name: &str, otherwise: usize| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise);
    let seed = number("ASTRAL_SEED", 7) as u64;
    println!("seed {seed}");
    never_prunes(seed, number("ASTRAL_CASES", 200_000));
}
