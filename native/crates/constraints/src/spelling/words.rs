//! Whether bytes are an identifier or a number.

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a word is an identifier or a number.
pub fn is_word(word: &[u8]) -> bool {
    let number = word.first().is_some_and(|&b| b.is_ascii_digit() || b == b'.');
    std::str::from_utf8(word).is_ok_and(if number { is_number } else { is_name })
}

fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    let starts = chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c));
    starts && chars.all(unicode_ident::is_xid_continue) && !KEYWORDS.contains(&word)
}

fn is_number(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let based = |prefix: &str, radix: u32| {
        lower.strip_prefix(prefix).map(|digits| is_digits(digits.strip_prefix('_').unwrap_or(digits), radix))
    };
    if let Some(valid) = based("0x", 16).or_else(|| based("0o", 8)).or_else(|| based("0b", 2)) {
        return valid;
    }
    let real = lower.strip_suffix('j').unwrap_or(&lower);
    let (mantissa, exponent) = real.split_once('e').map_or((real, None), |(m, e)| (m, Some(e)));
    let plain = real == lower && exponent.is_none() && !mantissa.contains('.');
    if plain && mantissa.starts_with('0') {
        return is_digits(mantissa, 1);
    }
    let power = exponent.is_none_or(|e| is_digits(e.strip_prefix(['+', '-']).unwrap_or(e), 10));
    let (whole, part) = mantissa.split_once('.').map_or((mantissa, None), |(w, p)| (w, Some(p)));
    let valid = |digits: &str| digits.is_empty() || is_digits(digits, 10);
    power && valid(whole) && part.is_none_or(valid) && !(whole.is_empty() && part.is_none_or(str::is_empty))
}

/// Digits with single underscores between them; radix 1 has the digit 0.
fn is_digits(text: &str, radix: u32) -> bool {
    let digit = |c: char| if radix == 1 { c == '0' } else { c.is_digit(radix) };
    text.split('_').all(|part| !part.is_empty() && part.chars().all(digit))
}

#[cfg(test)]
mod tests {
    use super::is_word;

    #[test]
    fn words_and_others() {
        let words = "a _ matching match é x1 0 00 1_0 0xfF 0x_f 1. .5 1e-3 1_0.0_1J 09.5 0b1 07j";
        for word in words.split(' ') {
            assert!(is_word(word.as_bytes()), "{word}");
        }
        let others = "if None 1a 07 1__0 1_ . e1. 0x 0b2 1e 1e+ a-b a.b × 0xe-1 1j2";
        for word in others.split(' ').chain([""]) {
            assert!(!is_word(word.as_bytes()), "{word}");
        }
        assert!(!is_word(b"\xc3"));
    }
}
