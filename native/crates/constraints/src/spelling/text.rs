//! The inside of a literal, byte by byte: escapes, quotes, line ends, braces.

/// Which literal it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Family {
    pub raw: bool,
    pub bytes: bool,
    /// Braces have a meaning.
    pub braces: bool,
    /// Quote character, and whether there are three.
    pub quote: u8,
    pub triple: bool,
}

/// What the byte before leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Open {
    #[default]
    Nothing,
    /// Not known, because what stands before is masked: the next token is believed.
    Unknown,
    Backslash,
    /// A carriage return behind a backslash.
    Return,
    /// So many hexadecimal digits are to come.
    Digits(u8),
    /// `\U` and so many digits, the last of which was this.
    Wide(u8, u8),
    /// `\N`, then `{`.
    NameBrace,
    Name,
    /// A brace that has to come twice.
    Brace(u8),
    /// So many quotes in a row, in a literal of three.
    Quotes(u8),
}

impl Family {
    /// Family of a literal by its opening.
    pub fn of(prefix: &str, quote: &str) -> Self {
        Self {
            raw: prefix.contains('r'),
            bytes: prefix.contains('b'),
            braces: prefix.contains('f'),
            quote: quote.as_bytes().first().copied().unwrap_or(b'"'),
            triple: quote.len() == 3,
        }
    }

    /// Whether the quote is the one that closes it.
    pub fn closes_with(&self, quote: &str) -> bool {
        quote.as_bytes().first() == Some(&self.quote) && (quote.len() == 3) == self.triple
    }

    /// Whether a literal may be closed here.
    pub fn may_end(&self, open: Open) -> bool {
        matches!(open, Open::Nothing | Open::Unknown | Open::Return)
    }

    /// Whether a field may begin or end here. A backslash before it stands for itself.
    pub fn may_turn(&self, open: Open) -> bool {
        self.may_end(open) || matches!(open, Open::Backslash | Open::Quotes(_))
    }

    /// After these bytes; None when they cannot stand there.
    pub fn read(&self, open: Open, text: &[u8]) -> Option<Open> {
        if open == Open::Unknown {
            return self.believed(text);
        }
        text.iter().try_fold(open, |open, &byte| self.byte(open, byte))
    }

    /// Text behind a mask: what is before its first byte may make up for any of them.
    fn believed(&self, text: &[u8]) -> Option<Open> {
        let last = text.last().copied().unwrap_or(b'\\');
        let settled = !(b"\\{}".contains(&last) || last == self.quote || last.is_ascii_alphanumeric());
        (!text.contains(&0)).then_some(if settled { Open::Nothing } else { Open::Unknown })
    }

    /// After one byte that is not believed blindly; None when it cannot stand there.
    pub fn byte(&self, open: Open, byte: u8) -> Option<Open> {
        if byte == 0 || (self.bytes && byte >= 0x80) {
            return None;
        }
        let hex = byte.is_ascii_hexdigit();
        match open {
            Open::Backslash => Some(self.escaped(byte)),
            Open::Return if byte == b'\n' => Some(Open::Nothing),
            Open::Digits(1) => hex.then_some(Open::Nothing),
            Open::Digits(left) => hex.then_some(Open::Digits(left - 1)),
            Open::Wide(read, last) => wide(read, last, byte),
            Open::NameBrace => (byte == b'{').then_some(Open::Name),
            Open::Name if byte == b'}' => Some(Open::Nothing),
            Open::Name => (byte.is_ascii_alphanumeric() || b" -".contains(&byte)).then_some(Open::Name),
            Open::Brace(brace) => (byte == brace).then_some(Open::Nothing),
            _ => self.plain(open, byte),
        }
    }

    fn escaped(&self, byte: u8) -> Open {
        match byte {
            b'\r' => Open::Return,
            b'{' | b'}' if self.braces => Open::Brace(byte),
            _ if self.raw => Open::Nothing,
            b'x' => Open::Digits(2),
            b'u' if !self.bytes => Open::Digits(4),
            b'U' if !self.bytes => Open::Wide(0, b'0'),
            b'N' if !self.bytes => Open::NameBrace,
            _ => Open::Nothing,
        }
    }

    fn plain(&self, open: Open, byte: u8) -> Option<Open> {
        match byte {
            b'\\' => Some(Open::Backslash),
            b'\n' | b'\r' if !self.triple => None,
            b'{' | b'}' if self.braces => Some(Open::Brace(byte)),
            _ if byte == self.quote => match open {
                _ if !self.triple => None,
                Open::Quotes(1) => Some(Open::Quotes(2)),
                Open::Quotes(_) => None,
                _ => Some(Open::Quotes(1)),
            },
            _ => Some(Open::Nothing),
        }
    }
}

/// The eight digits of `\U`, at most 10FFFF.
fn wide(read: u8, last: u8, byte: u8) -> Option<Open> {
    let fits = match read {
        0 | 1 => byte == b'0',
        2 => byte == b'0' || byte == b'1',
        3 => last == b'0' || byte == b'0',
        _ => true,
    };
    let next = if read == 7 { Open::Nothing } else { Open::Wide(read + 1, byte) };
    (fits && byte.is_ascii_hexdigit()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::{Family, Open};

    /// Prefix, quote, contents, whether the literal is valid.
    const CASES: [(&str, &str, &str, bool); 28] = [
        ("", "\"", "it's", true),
        ("", "\"", "a\"", false),
        ("", "\"", "a\\\"", true),
        ("", "\"", "a\\", false),
        ("r", "\"", "a\\", false),
        ("r", "\"", "\\x", true),
        ("", "'", "\\x4", false),
        ("", "'", "\\x41", true),
        ("", "'", "\n", false),
        ("", "'", "\\\n", true),
        ("", "'", "\\\r\n", true),
        ("", "'''", "\n", true),
        ("", "'''", "a'", false),
        ("", "'''", "'a", true),
        ("", "'''", "a'''b", false),
        ("", "'''", "a\\'", true),
        ("b", "'", "é", false),
        ("b", "'", "\\u", true),
        ("", "'", "\\u12", false),
        ("", "'", "\\U0010FFFF", true),
        ("", "'", "\\U00110000", false),
        ("", "'", "\\N{DASH}", true),
        ("f", "'", "\\N{DASH}", true),
        ("", "'", "\\N", false),
        ("f", "'", "{", false),
        ("f", "'", "a{{}}", true),
        ("", "'", "{", true),
        ("", "'", "\0", false),
    ];

    #[test]
    fn contents_of_literals() {
        for (prefix, quote, text, valid) in CASES {
            let family = Family::of(prefix, quote);
            let ends = family.read(Open::Nothing, text.as_bytes()).is_some_and(|open| family.may_end(open));
            assert_eq!(ends, valid, "{prefix}{quote}{text}");
        }
    }
}
