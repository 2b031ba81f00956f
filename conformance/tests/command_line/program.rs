//! Calls the program.

use std::process::{Command, Output, Stdio};

use crate::tiny::{TOKEN, Tiny};

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scim-conformance"));
    command
        .args(arguments)
        .env_remove("SCIM_BASE_URL")
        .env_remove("SCIM_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn judge(tiny: &Tiny, arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    command
        .env("SCIM_BASE_URL", tiny.base_url())
        .env("SCIM_TOKEN", TOKEN);
    command.output().unwrap()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
