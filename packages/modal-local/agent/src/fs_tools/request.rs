//! `{"Operation":{…}}`. A field that is not known is refused: what it asks for would not be done.

use super::watch::WatchRequest;
use crate::json::{self, Value};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, PartialEq)]
pub enum Request {
    ReadFile { path: PathBuf },
    WriteFile { path: PathBuf },
    ListFiles { path: PathBuf },
    Stat { path: PathBuf },
    MakeDirectory { path: PathBuf, parents: bool },
    Remove { path: PathBuf, recursive: bool },
    Watch(WatchRequest),
}

impl Request {
    pub fn parse(text: &[u8]) -> Result<Request, String> {
        let (operation, fields) = match json::parse(text)? {
            Value::Object(mut members) if members.len() == 1 => members.remove(0),
            _ => return Err("expected an object with one member, named after the operation".into()),
        };
        let members = match fields {
            Value::Object(members) => members,
            _ => return Err("expected the operation's fields as an object".into()),
        };
        let mut fields = Fields { members };
        let path = fields.path()?;
        let request = match operation.as_slice() {
            b"ReadFile" => Request::ReadFile { path },
            b"WriteFile" => Request::WriteFile { path },
            b"ListFiles" => Request::ListFiles { path },
            b"Stat" => Request::Stat { path },
            b"MakeDirectory" => Request::MakeDirectory { path, parents: fields.flag("parents")? },
            b"Remove" => Request::Remove { path, recursive: fields.flag("recursive")? },
            b"Watch" => Request::Watch(WatchRequest {
                path,
                recursive: fields.flag("recursive")?,
                filter: fields.strings("filter")?,
                timeout: fields.seconds("timeout_secs")?,
            }),
            other => return Err(format!("unknown operation {}", String::from_utf8_lossy(other))),
        };
        fields.finish()?;
        Ok(request)
    }
}

struct Fields {
    members: Vec<(Vec<u8>, Value)>,
}

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.members.iter().position(|(member, _)| member == name.as_bytes())?;
        Some(self.members.remove(index).1)
    }

    fn path(&mut self) -> Result<PathBuf, String> {
        match self.take("path") {
            Some(Value::String(path)) if path.contains(&0) => Err("a path cannot hold a NUL byte".into()),
            Some(Value::String(path)) => Ok(OsString::from_vec(path).into()),
            _ => Err("expected a string as path".into()),
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(format!("expected true or false as {}", name)),
        }
    }

    fn strings(&mut self, name: &str) -> Result<Option<Vec<Vec<u8>>>, String> {
        let wrong = || format!("expected null or a list of strings as {}", name);
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => {
                let string = |item| if let Value::String(text) = item { Some(text) } else { None };
                items.into_iter().map(string).collect::<Option<Vec<_>>>().map(Some).ok_or_else(wrong)
            }
            Some(_) => Err(wrong()),
        }
    }

    fn seconds(&mut self, name: &str) -> Result<Option<Duration>, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(seconds)) if (0.0..=1e9).contains(&seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
            Some(_) => Err(format!("expected null or a number of seconds as {}", name)),
        }
    }

    fn finish(&self) -> Result<(), String> {
        match self.members.first() {
            Some((name, _)) => Err(format!("unknown field {}", String::from_utf8_lossy(name))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_with_their_fields() {
        let read = Request::parse(br#"{"ReadFile":{"path":"/a\udcff"}}"#);
        assert_eq!(read, Ok(Request::ReadFile { path: OsString::from_vec(b"/a\xff".to_vec()).into() }));
        let make = Request::parse(br#"{"MakeDirectory":{"path":"/a","parents":true}}"#);
        assert_eq!(make, Ok(Request::MakeDirectory { path: "/a".into(), parents: true }));
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        let reason = |text: &str| Request::parse(text.as_bytes()).unwrap_err();
        assert_eq!(reason(r#"{"Chmod":{"path":"/"}}"#), "unknown operation Chmod");
        assert_eq!(reason(r#"{"Stat":{"path":"/","follow":true}}"#), "unknown field follow");
        assert_eq!(reason(r#"{"Stat":{"path":5}}"#), "expected a string as path");
        assert_eq!(reason(r#"{"Stat":{"path":"a\u0000"}}"#), "a path cannot hold a NUL byte");
        assert_eq!(reason(r#"{"Watch":{"path":"/","timeout_secs":-1}}"#), "expected null or a number of seconds as timeout_secs");
        assert_eq!(reason(r#"{"Watch":{"path":"/","filter":[1]}}"#), "expected null or a list of strings as filter");
    }
}
