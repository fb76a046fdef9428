//! JSON, as far as the file tools need it. Strings are bytes: a file name that is no UTF-8 is written with each stray
//! byte as the lone surrogate U+DC80 … U+DCFF (`"\udcff"` for 0xFF), which JSON carries and programs hand back unharmed.

mod parse;

pub use parse::parse;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    String(Vec<u8>),
    Array(Vec<Value>),
    /// In the order of the text.
    Object(Vec<(Vec<u8>, Value)>),
}

impl Value {
    pub fn string(text: impl Into<Vec<u8>>) -> Value {
        Value::String(text.into())
    }

    pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
        Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Value::Null => text.extend_from_slice(b"null"),
            Value::Bool(value) => text.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Number(value) => text.extend_from_slice(value.to_string().as_bytes()),
            Value::String(value) => write_string(value, text),
            Value::Array(items) => write_list(b"[]", items, text, |item, text| item.write(text)),
            Value::Object(members) => write_list(b"{}", members, text, |(name, value), text| {
                write_string(name, text);
                text.push(b':');
                value.write(text);
            }),
        }
    }
}

fn write_list<T>(brackets: &[u8; 2], items: &[T], text: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    text.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        write(item, text);
    }
    text.push(brackets[1]);
}

fn write_string(mut bytes: &[u8], text: &mut Vec<u8>) {
    text.push(b'"');
    while !bytes.is_empty() {
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) => error.valid_up_to(),
        };
        bytes[..valid].iter().for_each(|byte| write_byte(*byte, text));
        bytes = &bytes[valid..];
        if let Some((stray, rest)) = bytes.split_first() {
            text.extend_from_slice(format!("\\udc{:02x}", stray).as_bytes());
            bytes = rest;
        }
    }
    text.push(b'"');
}

fn write_byte(byte: u8, text: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
        b'\n' => text.extend_from_slice(b"\\n"),
        0..=0x1f | 0x7f => text.extend_from_slice(format!("\\u{:04x}", byte).as_bytes()),
        _ => text.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(bytes: &[u8]) {
        let value = Value::string(bytes);
        let text = value.encode();
        assert!(std::str::from_utf8(&text).is_ok());
        assert_eq!(parse(&text), Ok(value));
    }

    #[test]
    fn parses_what_the_sdk_sends() {
        let value = parse(br#" {"Watch":{"path":"/a b","recursive":true,"filter":["Create"],"timeout_secs":null}} "#).unwrap();
        let inner = Value::object([
            ("path", Value::string("/a b")),
            ("recursive", Value::Bool(true)),
            ("filter", Value::Array(vec![Value::string("Create")])),
            ("timeout_secs", Value::Null),
        ]);
        assert_eq!(value, Value::object([("Watch", inner)]));
    }

    #[test]
    fn any_bytes_survive() {
        round_trip(b"plain");
        round_trip("\u{1f600} \u{e9} \"\\\n\t\u{7f}".as_bytes());
        round_trip(b"\xff\xfe bad \xf0\x9f and \xed\xb2\x80 surrogate bytes");
        (0..=255u8).for_each(|byte| round_trip(&[byte]));
    }

    #[test]
    fn stray_bytes_are_lone_surrogates() {
        assert_eq!(Value::string(vec![b'a', 0xff]).encode(), br#""a\udcff""#);
        assert_eq!(parse(br#""\ud83d\ude00""#), Ok(Value::string("\u{1f600}")));
    }

    #[test]
    fn bad_text_is_an_error_and_never_a_panic() {
        let deep = "[".repeat(100_000);
        let texts = [
            "", "{", "[1,]", "{\"a\"}", "nul", "\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\u+123\"", "01x", "1e999",
            "-", "\"\n\"", "true false", &deep,
        ];
        for text in texts {
            assert!(parse(text.as_bytes()).is_err(), "{:?} was accepted", &text[..text.len().min(20)]);
        }
        let whole = br#"{"a":[1.5e3,"\u00e9\n",null,{"b":false}]}"#;
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err());
        }
    }
}
