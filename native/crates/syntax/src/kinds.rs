//! The vocabulary of the token stream: classes, keywords and operators.

/// A lexeme kind: an index into `LEXEME_KINDS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme(pub u8);

impl Lexeme {
    /// Identifier, soft keywords included.
    pub const NAME: Self = Self(0);
    /// Number literal.
    pub const NUMBER: Self = Self(1);
    /// String or bytes literal that is no f-string.
    pub const STRING: Self = Self(2);
    /// Prefix and opening quote of an f-string.
    pub const FSTRING_START: Self = Self(3);
    /// Literal text in an f-string or in a format specification.
    pub const FSTRING_MIDDLE: Self = Self(4);
    /// Closing quote of an f-string.
    pub const FSTRING_END: Self = Self(5);
    /// Comment, from `#` to the end of its line.
    pub const COMMENT: Self = Self(6);
    /// End of a logical line.
    pub const NEWLINE: Self = Self(7);
    /// Indentation of the first line of a block.
    pub const INDENT: Self = Self(8);
    /// End of a block; always empty.
    pub const DEDENT: Self = Self(9);
    /// What is no token of Python.
    pub const ERRORTOKEN: Self = Self(10);

    /// Its name in `LEXEME_KINDS`.
    pub fn name(self) -> &'static str {
        LEXEME_KINDS[usize::from(self.0)]
    }

    /// The keyword or operator that is written `word`.
    pub const fn of(word: &str) -> Self {
        let mut at = FIRST_WORD;
        while at < LEXEME_KINDS.len() {
            if equal(LEXEME_KINDS[at].as_bytes(), word.as_bytes()) {
                return Self(at as u8);
            }
            at += 1;
        }
        panic!("no such keyword or operator")
    }
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

const FIRST_WORD: usize = 11;

/// Eleven classes, the hard keywords, the operators. The order is frozen: trained models index it.
#[rustfmt::skip]
pub const LEXEME_KINDS: [&str; 94] = [
    "NAME", "NUMBER", "STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END", "COMMENT", "NEWLINE", "INDENT", "DEDENT",
    "ERRORTOKEN",
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or",
    "pass", "raise", "return", "try", "while", "with", "yield",
    "!", "%", "&", "(", ")", "*", "+", ",", "-", ".", "/", ":", ";", "<", "=", ">", "@", "[", "]", "^", "{", "|", "}", "~",
    "!=", "%=", "&=", "**", "*=", "+=", "-=", "->", "//", "/=", ":=", "<<", "<=", "==", ">=", ">>", "@=", "^=", "|=",
    "**=", "...", "//=", "<<=", ">>=",
];

/// The hard keyword that `word` is, or NAME.
pub(crate) fn word(word: &[u8]) -> Lexeme {
    macro_rules! one_of {
        ($($keyword:literal)*) => {
            match word {
                $(bytes if bytes == $keyword.as_bytes() => const { Lexeme::of($keyword) },)*
                _ => Lexeme::NAME,
            }
        };
    }
    // By length and first letter, because most words are no keyword.
    match (word.len(), word[0]) {
        (2, b'a' | b'i' | b'o') => one_of!("as" "if" "in" "is" "or"),
        (3, b'a' | b'd' | b'f' | b'n' | b't') => one_of!("and" "def" "del" "for" "not" "try"),
        (4, b'N' | b'T' | b'e' | b'f' | b'p' | b'w') => one_of!("None" "True" "elif" "else" "from" "pass" "with"),
        (5, b'F' | b'a' | b'b' | b'c' | b'r' | b'w' | b'y') => {
            one_of!("False" "async" "await" "break" "class" "raise" "while" "yield")
        }
        (6, b'a' | b'e' | b'g' | b'i' | b'l' | b'r') => one_of!("assert" "except" "global" "import" "lambda" "return"),
        (7, b'f') => one_of!("finally"),
        (8, b'c' | b'n') => one_of!("continue" "nonlocal"),
        _ => Lexeme::NAME,
    }
}

/// The longest operator that `bytes` begin with, and its length. A lone `!` is none: only a replacement field has it.
pub(crate) fn operator(bytes: &[u8]) -> Option<(Lexeme, usize)> {
    let at = |n: usize| bytes.get(n).copied().unwrap_or(0);
    let (a, b, c) = (at(0), at(1), at(2));
    let three = match (a, b, c) {
        (b'*', b'*', b'=') => Some(const { Lexeme::of("**=") }),
        (b'.', b'.', b'.') => Some(const { Lexeme::of("...") }),
        (b'/', b'/', b'=') => Some(const { Lexeme::of("//=") }),
        (b'<', b'<', b'=') => Some(const { Lexeme::of("<<=") }),
        (b'>', b'>', b'=') => Some(const { Lexeme::of(">>=") }),
        _ => None,
    };
    if let Some(kind) = three {
        return Some((kind, 3));
    }
    if let Some(kind) = two(a, b) {
        return Some((kind, 2));
    }
    let kind = ONE[usize::from(a)];
    (kind != 0).then_some((Lexeme(kind), 1))
}

fn two(a: u8, b: u8) -> Option<Lexeme> {
    Some(match (a, b) {
        (b'!', b'=') => const { Lexeme::of("!=") },
        (b'%', b'=') => const { Lexeme::of("%=") },
        (b'&', b'=') => const { Lexeme::of("&=") },
        (b'*', b'*') => const { Lexeme::of("**") },
        (b'*', b'=') => const { Lexeme::of("*=") },
        (b'+', b'=') => const { Lexeme::of("+=") },
        (b'-', b'=') => const { Lexeme::of("-=") },
        (b'-', b'>') => const { Lexeme::of("->") },
        (b'/', b'/') => const { Lexeme::of("//") },
        (b'/', b'=') => const { Lexeme::of("/=") },
        (b':', b'=') => const { Lexeme::of(":=") },
        (b'<', b'<') => const { Lexeme::of("<<") },
        (b'<', b'=') => const { Lexeme::of("<=") },
        (b'=', b'=') => const { Lexeme::of("==") },
        (b'>', b'=') => const { Lexeme::of(">=") },
        (b'>', b'>') => const { Lexeme::of(">>") },
        (b'@', b'=') => const { Lexeme::of("@=") },
        (b'^', b'=') => const { Lexeme::of("^=") },
        (b'|', b'=') => const { Lexeme::of("|=") },
        _ => return None,
    })
}

/// Kind of each one-byte operator, 0 for every other byte.
const ONE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = FIRST_WORD;
    while at < LEXEME_KINDS.len() {
        let word = LEXEME_KINDS[at].as_bytes();
        if word.len() == 1 && word[0] != b'!' {
            table[word[0] as usize] = at as u8;
        }
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_and_operator_is_read_as_itself() {
        for (index, name) in LEXEME_KINDS.iter().enumerate().skip(FIRST_WORD) {
            let kind = Lexeme(index as u8);
            assert_eq!(Lexeme::of(name), kind);
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                assert_eq!(word(name.as_bytes()), kind);
            } else if *name != "!" {
                assert_eq!(operator(name.as_bytes()), Some((kind, name.len())));
                assert_eq!(operator(format!("{name}a").as_bytes()), Some((kind, name.len())));
            }
        }
    }

    #[test]
    fn other_words_are_names_and_other_bytes_no_operators() {
        for name in ["match", "case", "type", "_", "print", "iff", "Nonee", "finall", "nonlocals", "é"] {
            assert_eq!(word(name.as_bytes()), Lexeme::NAME, "{name}");
        }
        for text in ["!", "$", "?", "`", "a", "", "\n"] {
            assert_eq!(operator(text.as_bytes()), None, "{text}");
        }
    }
}
