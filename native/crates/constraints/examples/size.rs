//! Prints the size of the Python grammar.
use astral_constraints::grammar::Grammar;
fn main() {
    for minor in 11..=14 {
        let t = std::time::Instant::now();
        let g = Grammar::python(minor);
        println!(
            "3.{minor}: {:?} terminals {} automata {} states {} transitions {:?}",
            t.elapsed(),
            g.terminals().len(),
            g.machine().automata(),
            g.machine().states(),
            g.machine().transitions()
        );
        println!("  {:?} cyclic {}", g.machine().group_sizes(), g.machine().is_cyclic());
    }
}
