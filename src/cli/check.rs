use std::process::ExitCode;
pub(crate) fn run(_: &super::args::CheckArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("x")
}
