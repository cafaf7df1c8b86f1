from tongqu.kernel.cases.tests.conftest import built, who, world  # noqa: F401
