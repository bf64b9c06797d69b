use std::process::ExitCode;
pub(crate) fn run(_: &super::args::VerifyArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("x")
}
