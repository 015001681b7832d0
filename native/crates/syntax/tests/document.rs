//! Documents under edit: text, tree and faults after changes, and what is asked of a snapshot.

use astral_syntax::{BindingKind, Construct, Document, Encoding, FaultKind, HoleKind, Snapshot, SpanError};

const SOURCE: &str = "def f(a):\n    b = '😀é'\n    return a + b\n\nclass A:\n    x: int = 1\n";

#[test]
fn changes_count_in_the_encoding_of_the_document() {
    for (encoding, character) in [(Encoding::Utf8, 13), (Encoding::Utf16, 11), (Encoding::Utf32, 10)] {
        let mut document = Document::new(SOURCE, 1, encoding);
        document.apply(&[(Some((1, character, 1, character)), "!".to_owned())], 2);
        assert_eq!(document.snapshot().source(), SOURCE.replace("😀", "😀!"), "{encoding:?}");
        assert_eq!(document.snapshot().version(), 2);
    }
}

#[test]
fn positions_clamp_and_lines_end_as_lsp_says() {
    let snapshot = Snapshot::new("a\u{2028}b\u{c}c\rd\r\n\u{85}e", 0);
    let text = snapshot.text();
    assert_eq!(text.line_count(), 3);
    assert_eq!(text.offset(0, 99, Encoding::Utf16), 7);
    assert_eq!(text.offset(1, 99, Encoding::Utf16), 9);
    assert_eq!(text.offset(9, 0, Encoding::Utf16), text.len());
    assert_eq!(text.position(10, Encoding::Utf16), Ok((1, 1)));
    assert_eq!(text.position(99, Encoding::Utf16), Err(SpanError::OutOfRange { offset: 99, len: text.len() }));
    assert_eq!(Snapshot::new("😀", 0).text().offset(0, 1, Encoding::Utf16), 0);
}

#[test]
fn every_single_edit_leaves_the_tree_of_a_fresh_parse() {
    let snapshot = Snapshot::new(SOURCE, 0);
    let boundaries: Vec<usize> = (0..=SOURCE.len()).filter(|&at| SOURCE.is_char_boundary(at)).collect();
    for &at in &boundaries {
        for new_text in ["x", "\n", "\r", "(", "    ", "'"] {
            let edited = snapshot.replaced(vec![(at, at, new_text.to_owned())]).expect("a boundary");
            let fresh = Snapshot::new(edited.source(), 0);
            assert_eq!(edited.faults().is_empty(), fresh.faults().is_empty(), "{new_text:?} at {at}");
            if fresh.faults().is_empty() {
                assert_eq!(edited.sexp(), fresh.sexp(), "{new_text:?} at {at}");
            }
        }
    }
}

#[test]
fn faults_are_errors_and_missing_tokens() {
    let kinds = |text: &str| -> Vec<_> {
        Snapshot::new(text, 0).faults().iter().map(|fault| (fault.kind, fault.start, fault.expected)).collect()
    };
    assert_eq!(kinds(SOURCE), []);
    assert_eq!(kinds("x = a b\n"), [(FaultKind::Error, 4, None)]);
    assert_eq!(kinds("def f(:\n    pass\n"), [(FaultKind::Missing, 6, Some(")"))]);
}

#[test]
fn edits_that_do_not_fit_are_refused() {
    let snapshot = Snapshot::new(SOURCE, 0);
    let edit = |start, end| (start, end, String::new());
    assert!(matches!(snapshot.replaced(vec![edit(2, 1)]), Err(SpanError::Reversed { .. })));
    assert!(matches!(snapshot.replaced(vec![edit(0, 999)]), Err(SpanError::OutOfRange { .. })));
    assert!(matches!(snapshot.replaced(vec![edit(20, 20)]), Err(SpanError::NotABoundary { offset: 20 })));
    assert!(matches!(snapshot.replaced(vec![edit(3, 5), edit(0, 4)]), Err(SpanError::Overlap { start: 3 })));
}

#[test]
fn holes_gaps_and_names() {
    let source = "def f(a: int):\n    # the sum\n    b = ...\n    return \n";
    let snapshot = Snapshot::new(source, 0);
    let holes = snapshot.holes();
    assert_eq!(holes.len(), 1);
    assert_eq!((holes[0].kind, holes[0].construct), (HoleKind::Expression, Construct::Ellipsis));
    assert_eq!(holes[0].intent.as_deref(), Some("the sum"));
    let gap = snapshot.implicit_hole(source.len() - 1).expect("inside the text").expect("return asks for a value");
    assert_eq!((gap.kind, gap.construct), (HoleKind::Implicit, Construct::Gap));
    let scope = snapshot.scope(gap.start).expect("inside the text");
    let names: Vec<_> = scope.iter().map(|binding| (binding.name.as_str(), binding.kind)).collect();
    assert_eq!(names, [("b", BindingKind::Local), ("a", BindingKind::Parameter), ("f", BindingKind::Module)]);
}
