use std::process::ExitCode;
pub(crate) fn run(_: &super::args::BuildArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("x")
}
