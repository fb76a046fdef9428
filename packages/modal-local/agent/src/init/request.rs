//! What a START frame asks for.

use super::frame::{Fields, Violation};
use std::ffi::CString;

const STDIN: u8 = 1;
const STDOUT: u8 = 2;
const STDERR: u8 = 4;
const TERMINAL: u8 = 8;

#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    /// Rows and columns of a terminal to run in.
    pub terminal: Option<(u16, u16)>,
    /// Milliseconds; 0 is no limit.
    pub timeout: u32,
    pub cwd: CString,
    pub user: Vec<u8>,
    pub argv: Vec<CString>,
    pub environment: Vec<CString>,
}

impl Request {
    pub fn decode(payload: &[u8]) -> Result<Request, Violation> {
        let mut fields = Fields(payload);
        let flags = fields.u8()?;
        let size = (fields.u16()?, fields.u16()?);
        let request = Request {
            stdin: flags & STDIN != 0,
            stdout: flags & STDOUT != 0,
            stderr: flags & STDERR != 0,
            terminal: if flags & TERMINAL != 0 { Some(size) } else { None },
            timeout: fields.u32()?,
            cwd: c_string(fields.string()?)?,
            user: fields.string()?.to_vec(),
            argv: c_strings(&mut fields)?,
            environment: c_strings(&mut fields)?,
        };
        fields.finish()?;
        if request.argv.is_empty() {
            return Err(Violation("a start without a program"));
        }
        Ok(request)
    }
}

fn c_strings(fields: &mut Fields) -> Result<Vec<CString>, Violation> {
    let count = fields.u32()?;
    (0..count).map(|_| c_string(fields.string()?)).collect()
}

fn c_string(bytes: &[u8]) -> Result<CString, Violation> {
    CString::new(bytes).map_err(|_| Violation("a NUL byte in a string"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Vec<u8> {
        [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
    }

    fn payload(argv: &[&str], environment: &[&str]) -> Vec<u8> {
        let mut bytes = vec![STDIN | TERMINAL, 24, 0, 80, 0];
        bytes.extend_from_slice(&1500u32.to_le_bytes());
        bytes.extend([string("/work"), string("1000:1000")].concat());
        for list in [argv, environment] {
            bytes.extend_from_slice(&(list.len() as u32).to_le_bytes());
            list.iter().for_each(|text| bytes.extend(string(text)));
        }
        bytes
    }

    #[test]
    fn decodes_every_field() {
        let request = Request::decode(&payload(&["sh", "-c", "true"], &["A=1"])).unwrap();
        assert!(request.stdin && !request.stdout && !request.stderr);
        assert_eq!(request.terminal, Some((24, 80)));
        assert_eq!(request.timeout, 1500);
        assert_eq!(request.cwd.to_bytes(), b"/work");
        assert_eq!(request.user, b"1000:1000");
        assert_eq!(request.argv[2].to_bytes(), b"true");
        assert_eq!(request.environment.len(), 1);
    }

    #[test]
    fn refuses_what_is_cut_short_or_senseless() {
        let whole = payload(&["sh"], &["A=1"]);
        for length in 0..whole.len() {
            assert!(Request::decode(&whole[..length]).is_err());
        }
        assert!(Request::decode(&payload(&[], &[])).is_err());
        assert!(Request::decode(&payload(&["a\0b"], &[])).is_err());
        assert!(Request::decode(&[whole, vec![0]].concat()).is_err());
    }
}
