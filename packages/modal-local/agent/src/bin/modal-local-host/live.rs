//! Mounts that come and go inside a running container. Names are looked up by a thread that has entered the
//! container's mount namespace, whose root is the container's: no link leads out of it.

use std::ffi::{CStr, CString, OsStr};
use std::fs::{create_dir, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::ffi;
use crate::frame::Fields;

/// `mount-into PID SOURCE TARGET OWNER OPTIONS`: OWNER is the uid on the host of directories that have to be made;
/// OPTIONS holds the words `ro` and `idmap`.
pub fn mount(request: &Fields) -> io::Result<()> {
    let (pid, source, target) = (process_id(request.text(2))?, request.path(3), request.path(4));
    let owner = request.text(5).parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "owner is not a number"))?;
    let options: Vec<&str> = request.text(6).split(',').collect();
    let clone = ffi::clone_mount(source)?;
    let mut attributes = ffi::MOUNT_ATTR_NOSUID | ffi::MOUNT_ATTR_NODEV;
    if options.contains(&"ro") {
        attributes |= ffi::MOUNT_ATTR_RDONLY;
    }
    ffi::set_attributes(&clone, attributes, None)?;
    if options.contains(&"idmap") {
        let namespace = File::open(format!("/proc/{pid}/ns/user"))?;
        ffi::set_attributes(&clone, ffi::MOUNT_ATTR_IDMAP, Some(&namespace))?;
    }
    enter(pid)?;
    make_directories(target, owner).map_err(|error| io::Error::new(error.kind(), format!("no mount point: {error}")))?;
    ffi::attach(&clone, &ffi::locate(target)?)
}

/// `unmount-from PID TARGET`.
pub fn unmount(request: &Fields) -> io::Result<()> {
    enter(process_id(request.text(2))?)?;
    ffi::detach(request.path(3))
}

fn process_id(text: &str) -> io::Result<u32> {
    text.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not a process id"))
}

const ENOTDIR: i32 = 20;

/// This thread ends with the request: it never comes back to the host's namespace.
fn enter(pid: u32) -> io::Result<()> {
    let namespace = File::open(format!("/proc/{pid}/ns/mnt"))?;
    ffi::unshare_filesystem_context()?;
    ffi::enter_mount_namespace(&namespace)
}

/// Made with the host's power over the container's files, and given to the container's root.
fn make_directories(target: &CStr, owner: u32) -> io::Result<()> {
    let path = Path::new(OsStr::from_bytes(target.to_bytes()));
    let mut missing: Vec<&Path> = path.ancestors().take_while(|ancestor| !ancestor.is_dir()).collect();
    missing.reverse();
    for directory in missing {
        match create_dir(directory) {
            Ok(()) => ffi::give(&CString::new(directory.as_os_str().as_bytes())?, owner)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !directory.is_dir() {
                    return Err(io::Error::from_raw_os_error(ENOTDIR));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
