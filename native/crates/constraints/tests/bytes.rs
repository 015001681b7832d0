//! Fills of a byte-level vocabulary: whatever the texts and tokens are, nothing panics, and what is allowed goes on.

use std::sync::{Arc, LazyLock};

use astral_constraints::bytes::{BytePrefix, ByteVocabulary};
use astral_constraints::grammar::Grammar;
use proptest::prelude::*;

static GRAMMARS: LazyLock<[Arc<Grammar>; 4]> =
    LazyLock::new(|| [11, 12, 13, 14].map(|minor| Arc::new(Grammar::python(minor))));

const PIECES: [&str; 30] = [
    "a", " b", "1", ".", "..", "(", ")", "[", "]", "{", "}", ":", "\n", "\n    ", "\r\n", "\t", "\"", "'", "\"\"\"",
    "f'", "b\"", "\\", "#", "=", " if", "else", "return", "!r", "\u{e9}", "\0",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn tokens() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let token = prop_oneof![
        3 => prop::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => text().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(token, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random texts and tokens; a mask, a push of what it allows, the question whether the fill ends.
    #[test]
    fn never_panics(before in text(), after in text(), tokens in tokens(), minor in 11..=14u8, picks in prop::collection::vec(any::<usize>(), 6)) {
        let vocabulary = Arc::new(ByteVocabulary::new(GRAMMARS[usize::from(minor) - 11].clone(), tokens, minor));
        let mut fill = BytePrefix::new(vocabulary.clone(), &before, &after);
        for pick in picks {
            let allowed: Vec<usize> = fill.allowed().iter().collect();
            fill.ends();
            let Some(&token) = allowed.get(pick % allowed.len().max(1)) else { break };
            prop_assert!(fill.push(token), "{:?} is allowed", vocabulary.token(token));
            prop_assert!(fill.completes());
        }
        let pushed = fill.text().len();
        let broken = fill.write(&[0xff]);
        prop_assert_eq!(fill.text().len(), pushed + usize::from(broken));
    }
}
