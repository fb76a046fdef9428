//! From text to a value. The text may be hostile: nesting is bounded, and nothing is read past its end.

use super::Value;

const MAX_DEPTH: usize = 16;

/// Parses one value that is the whole text. Errors say what was expected, and at which byte.
pub fn parse(text: &[u8]) -> Result<Value, String> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.at < text.len() {
        return parser.fail("the end");
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return self.fail("less nesting");
        }
        self.skip_space();
        match self.text.get(self.at) {
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'"') => self.string().map(Value::String),
            Some(b'[') => self.list(b']', |parser| parser.value(depth + 1)).map(Value::Array),
            Some(b'{') => self.list(b'}', |parser| parser.member(depth + 1)).map(Value::Object),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.fail("a value"),
        }
    }

    fn member(&mut self, depth: usize) -> Result<(Vec<u8>, Value), String> {
        self.skip_space();
        let name = self.string()?;
        self.skip_space();
        self.expect(b':')?;
        Ok((name, self.value(depth)?))
    }

    fn list<T>(&mut self, close: u8, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_space();
            if self.take(close) {
                return Ok(items);
            }
            self.expect(b',')?;
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = &self.text[self.at..];
        let length = rest.iter().take_while(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count();
        let text = std::str::from_utf8(&rest[..length]).ok();
        match text.and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite()) {
            Some(number) => {
                self.at += length;
                Ok(Value::Number(number))
            }
            None => self.fail("a number"),
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, String> {
        self.expect(b'"')?;
        let mut bytes = Vec::new();
        loop {
            match self.text.get(self.at).copied() {
                None | Some(0..=0x1f) => return self.fail("the end of a string"),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(bytes);
                }
                Some(b'\\') => self.escape(&mut bytes)?,
                Some(byte) => {
                    self.at += 1;
                    bytes.push(byte);
                }
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        self.at += 1;
        let simple = match self.text.get(self.at).copied() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode_escape(bytes),
            _ => return self.fail("an escape"),
        };
        self.at += 1;
        bytes.push(simple);
        Ok(())
    }

    fn unicode_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let unit = self.unit()?;
        let code = match unit {
            0xdc80..=0xdcff => {
                bytes.push(unit as u8);
                return Ok(());
            }
            0xd800..=0xdbff if self.text[self.at..].starts_with(b"\\u") => {
                self.at += 1;
                let low = self.unit()?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return self.fail("the second half of a surrogate pair");
                }
                0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            other => other,
        };
        match char::from_u32(code) {
            Some(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                Ok(())
            }
            None => self.fail("a character"),
        }
    }

    /// The four digits behind the `u` that comes next.
    fn unit(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at + 1..self.at + 5).and_then(|digits| std::str::from_utf8(digits).ok());
        let unit = digits.filter(|digits| !digits.starts_with('+')).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match unit {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => self.fail("four hexadecimal digits"),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return self.fail("a value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn skip_space(&mut self) {
        let space = self.text[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at += space.count();
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.take(byte) {
            Ok(())
        } else {
            self.fail(&format!("{:?}", byte as char))
        }
    }

    fn fail<T>(&self, expected: &str) -> Result<T, String> {
        Err(format!("expected {} at byte {}", expected, self.at))
    }
}
