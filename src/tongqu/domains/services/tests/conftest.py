from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
