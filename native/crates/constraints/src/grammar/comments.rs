//! Where comments may stand: in front of the end of a line, on lines of their own, and behind every token in brackets.
//!
//! CPython's tokenizer drops comments, so its grammar knows none. For a model they are tokens, and one in the middle of a line swallows
//! the rest of it.

use super::expr::Expr;
use super::peg::Rules;

/// The rules with COMMENT as a terminal.
pub(super) fn with_comments(mut read: Rules) -> Rules {
    let mut rules = read.rules.clone();
    for (name, body) in &read.rules {
        let fields = name.contains("replacement_field");
        rules.insert(name.clone(), if fields { body.clone() } else { commented(body, false) });
        rules.insert(in_brackets(name), if fields { body.clone() } else { commented(body, true) });
    }
    if let Some(file) = rules.get_mut("file") {
        *file = Expr::Seq(vec![comments(), file.clone()]);
    }
    read.rules = rules;
    read
}

fn in_brackets(rule: &str) -> String {
    format!("{rule} in brackets")
}

fn comments() -> Expr {
    Expr::Star(Box::new(Expr::Token("COMMENT".to_owned())))
}

fn commented(expr: &Expr, inside: bool) -> Expr {
    let boxed = |e: &Expr| Box::new(commented(e, inside));
    match expr {
        Expr::Seq(items) => Expr::Seq(sequence(items, inside)),
        Expr::Alt(items) => Expr::Alt(items.iter().map(|e| commented(e, inside)).collect()),
        Expr::Opt(e) => Expr::Opt(boxed(e)),
        Expr::Star(e) => Expr::Star(boxed(e)),
        Expr::Plus(e) => Expr::Plus(boxed(e)),
        Expr::Gather(separator, item) => Expr::Gather(boxed(separator), boxed(item)),
        Expr::Token(name) if inside || name == "NEWLINE" => Expr::Seq(sequence(std::slice::from_ref(expr), inside)),
        Expr::Rule(name) if inside => Expr::Rule(in_brackets(name)),
        Expr::Ahead(e) => Expr::Ahead(boxed(e)),
        Expr::Token(_) | Expr::Rule(_) | Expr::NotAhead(_) => expr.clone(),
    }
}

/// Items of a sequence; brackets stay next to what is between them.
fn sequence(items: &[Expr], inside: bool) -> Vec<Expr> {
    let (mut out, mut open) = (Vec::new(), Vec::new());
    for item in items {
        let Expr::Token(name) = item else {
            out.push(commented(item, open.last().copied().unwrap_or(inside)));
            continue;
        };
        match name.as_str() {
            "(" | "[" | "{" => open.push(true),
            "INDENT" => open.push(false),
            name if name.contains("STRING_START") => open.push(false),
            ")" | "]" | "}" | "DEDENT" => drop(open.pop()),
            name if name.contains("STRING_END") => drop(open.pop()),
            _ => {}
        }
        let now = open.last().copied().unwrap_or(inside);
        out.extend((name == "NEWLINE").then(comments));
        out.push(item.clone());
        out.extend((now || matches!(name.as_str(), "NEWLINE" | "INDENT" | "DEDENT")).then(comments));
    }
    out
}
