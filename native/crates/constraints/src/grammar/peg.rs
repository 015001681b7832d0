//! Reader of the PEG notation of PEP 617 (`python.gram`).

use rustc_hash::FxHashMap;

use super::GrammarError;
use super::expr::Expr;

/// Rules by name, in the notation's own terms, and the literals written with double quotes (soft keywords).
#[derive(Debug, Default)]
pub struct Rules {
    /// Right-hand side of each rule.
    pub rules: FxHashMap<String, Expr>,
    /// Spellings of soft keywords.
    pub soft: Vec<String>,
}

/// Reads a grammar file for Python 3.`minor`.
///
/// Alternatives that lead to `invalid_*` rules (error messages only) are left out, and so are those whose action asks for a later
/// version through `CHECK_VERSION`.
pub fn read(text: &str, minor: u8) -> Result<Rules, GrammarError> {
    let mut reader = Reader { text: text.as_bytes(), at: 0, minor, soft: Vec::new() };
    let mut rules = FxHashMap::default();
    while reader.skip_to_rule() {
        let (name, body) = reader.rule()?;
        if !name.starts_with("invalid_") {
            rules.insert(name, body);
        }
    }
    Ok(Rules { rules, soft: reader.soft })
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    minor: u8,
    soft: Vec<String>,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn at_rule_start(&self) -> bool {
        let column_zero = self.at == 0 || self.text[self.at - 1] == b'\n';
        column_zero && (self.peek().is_ascii_alphabetic() || self.peek() == b'@')
    }

    fn error(&self, what: &str) -> GrammarError {
        let line = self.text[..self.at.min(self.text.len())].iter().filter(|&&b| b == b'\n').count() + 1;
        GrammarError::Syntax { line, what: what.to_owned() }
    }

    /// Skips blanks and comments; stops at what follows.
    fn blank(&mut self) {
        while self.at < self.text.len() {
            match self.peek() {
                b'#' => self.line(),
                b if b.is_ascii_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    fn line(&mut self) {
        while self.at < self.text.len() && self.peek() != b'\n' {
            self.at += 1;
        }
    }

    /// Goes to the next rule over comments and `@directive '''…'''` blocks. False at the end.
    fn skip_to_rule(&mut self) -> bool {
        self.blank();
        while self.peek() == b'@' {
            self.directive();
            self.blank();
        }
        self.at < self.text.len()
    }

    fn directive(&mut self) {
        let rest = &self.text[self.at..];
        let line = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let quotes = |from: usize| rest[from..].windows(3).position(|w| w == b"'''").map(|i| i + from + 3);
        let open = quotes(0).filter(|&end| end <= line + 3);
        self.at += open.and_then(quotes).unwrap_or(line);
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_ascii_alphanumeric() || self.peek() == b'_' {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    fn skip_past(&mut self, end: u8) {
        while self.at < self.text.len() && self.peek() != end {
            self.at += 1;
        }
        self.at += 1;
    }

    fn rule(&mut self) -> Result<(String, Expr), GrammarError> {
        let name = self.word();
        if name.is_empty() {
            return Err(self.error("a rule name"));
        }
        if self.peek() == b'[' {
            self.skip_past(b']');
        }
        self.blank();
        if self.peek() == b'(' {
            self.skip_past(b')');
            self.blank();
        }
        if self.peek() != b':' {
            return Err(self.error("':' after the rule name"));
        }
        self.at += 1;
        Ok((name, self.choice()?))
    }

    fn choice(&mut self) -> Result<Expr, GrammarError> {
        let mut kept = Vec::new();
        self.blank();
        if self.peek() == b'|' {
            self.at += 1;
        }
        loop {
            kept.extend(self.alternative()?);
            if self.peek() != b'|' {
                break;
            }
            self.at += 1;
        }
        Ok(if kept.len() == 1 { kept.remove(0) } else { Expr::Alt(kept) })
    }

    /// One alternative with its action; None when it is not for this reader.
    fn alternative(&mut self) -> Result<Option<Expr>, GrammarError> {
        let mut items = Vec::new();
        let mut wanted = true;
        loop {
            self.blank();
            if self.at >= self.text.len() || self.at_rule_start() || matches!(self.peek(), b'|' | b')' | b']') {
                break;
            }
            if self.peek() == b'{' {
                wanted &= version_asked(&self.action()) <= self.minor;
                continue;
            }
            items.extend(self.item()?);
        }
        wanted &= !items.iter().any(|e| matches!(e, Expr::Rule(name) if name.starts_with("invalid_")));
        Ok(wanted.then(|| if items.len() == 1 { items.remove(0) } else { Expr::Seq(items) }))
    }

    fn action(&mut self) -> String {
        let start = self.at;
        let mut depth = 0;
        while self.at < self.text.len() {
            match self.peek() {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                quote @ (b'"' | b'\'') => {
                    self.at += 1;
                    while self.at < self.text.len() && self.peek() != quote {
                        self.at += if self.peek() == b'\\' { 2 } else { 1 };
                    }
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        String::from_utf8_lossy(&self.text[start..self.at.min(self.text.len())]).into_owned()
    }

    /// One item, its `name=` and `name[type]=` gone. None for a cut.
    fn item(&mut self) -> Result<Option<Expr>, GrammarError> {
        self.skip_label();
        match (self.peek(), self.text.get(self.at + 1)) {
            (b'~', _) => {
                self.at += 1;
                Ok(None)
            }
            (b'&', Some(b'&')) => {
                self.at += 2;
                self.blank();
                self.atom().map(Some)
            }
            (sign @ (b'&' | b'!'), _) => {
                self.at += 1;
                self.blank();
                let inner = Box::new(self.atom()?);
                Ok(Some(if sign == b'&' { Expr::Ahead(inner) } else { Expr::NotAhead(inner) }))
            }
            _ => self.suffixed().map(Some),
        }
    }

    fn skip_label(&mut self) {
        let start = self.at;
        let is_word = !self.word().is_empty();
        if is_word && self.peek() == b'[' {
            self.skip_past(b']');
        }
        if is_word && self.peek() == b'=' {
            self.at += 1;
            self.blank();
        } else {
            self.at = start;
        }
    }

    fn suffixed(&mut self) -> Result<Expr, GrammarError> {
        let atom = self.atom()?;
        let boxed = Box::new(atom);
        match self.peek() {
            b'?' => self.advance(Expr::Opt(boxed)),
            b'*' => self.advance(Expr::Star(boxed)),
            b'+' => self.advance(Expr::Plus(boxed)),
            b'.' => {
                self.at += 1;
                let item = self.atom()?;
                if self.peek() != b'+' {
                    return Err(self.error("'+' after a gathered item"));
                }
                self.advance(Expr::Gather(boxed, Box::new(item)))
            }
            _ => Ok(*boxed),
        }
    }

    fn advance(&mut self, expr: Expr) -> Result<Expr, GrammarError> {
        self.at += 1;
        Ok(expr)
    }

    fn atom(&mut self) -> Result<Expr, GrammarError> {
        match self.peek() {
            quote @ (b'\'' | b'"') => Ok(self.literal(quote)),
            open @ (b'(' | b'[') => {
                self.at += 1;
                let inner = self.choice()?;
                if self.peek() != (if open == b'(' { b')' } else { b']' }) {
                    return Err(self.error("a closing bracket"));
                }
                self.at += 1;
                Ok(if open == b'(' { inner } else { Expr::Opt(Box::new(inner)) })
            }
            _ => {
                let name = self.word();
                match name.as_str() {
                    "" => Err(self.error("an item")),
                    _ if name.chars().all(|c| c.is_ascii_uppercase() || c == '_') => Ok(Expr::Token(name)),
                    _ => Ok(Expr::Rule(name)),
                }
            }
        }
    }

    fn literal(&mut self, quote: u8) -> Expr {
        self.at += 1;
        let start = self.at;
        self.skip_past(quote);
        let spelling = String::from_utf8_lossy(&self.text[start..self.at - 1]).into_owned();
        let is_word = spelling.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if quote == b'"' && is_word && !self.soft.contains(&spelling) {
            self.soft.push(spelling.clone());
        }
        Expr::Token(spelling)
    }
}

/// The Python 3 minor version that an action requires: the number in `CHECK_VERSION(type, number, …)`, else 0.
fn version_asked(action: &str) -> u8 {
    let Some(call) = action.split("CHECK_VERSION(").nth(1) else { return 0 };
    call.split(',').nth(1).and_then(|n| n.trim().parse().ok()).unwrap_or(0)
}
