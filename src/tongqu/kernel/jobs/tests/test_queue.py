"""The queue by its public verbs: enqueue, run_pending, and what a person does with failed jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from tongqu.kernel.acts import clock
from tongqu.kernel.jobs import moments, queries, queue, registry
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.jobs.registry import Afterwards, current_job, job
from tongqu.kernel.jobs.rules import Lane
from tongqu.kernel.jobs.worker import run_pending

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 8, 3, 4, 0, tzinfo=UTC)
seen: list[object] = []


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(registry, "_schedules", {})


@job("test.note")
def note(*, word: str) -> None:
    seen.append(word)


@job("test.fail", attempts=2)
def always_fails(*, word: str) -> None:
    Job.objects.create(kind="test.trace", run_after=NOON)
    raise ValueError(f"no '{word}' for 13800000000")


@job("test.once", unique="{case}")
def once(*, case: str) -> None:
    seen.append(case)
    if len(seen) == 1:
        once.enqueue(case=case)  # someone asks again while it runs


@job("test.outside", attempts=3, lane=Lane.CALLING)
def outside(*, word: str) -> None:
    seen.append((current_job().message_id, current_job().attempt, current_job().is_last_attempt))
    if current_job().attempt < 3:
        raise ConnectionError(word)


@job("test.in_two_steps", attempts=2, lane=Lane.CALLING)
def in_two_steps(*, word: str) -> Afterwards:
    seen.append(f"told {word}")

    def write() -> None:
        Job.objects.create(kind="test.trace", run_after=NOON + timedelta(days=400))
        if word == "bad":
            raise ValueError(word)
        seen.append(f"wrote {word}")

    return Afterwards(write)


def test_a_job_runs_once_and_is_done() -> None:
    job_id = note.enqueue(word="a")
    assert run_pending() == 1
    assert run_pending() == 0
    assert seen == ["a"]
    assert Job.objects.get(id=job_id).state == State.DONE


def test_a_job_is_written_in_the_callers_transaction() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        note.enqueue(word="a")
        raise IntegrityError
    assert run_pending() == 0


def test_wrong_arguments_are_refused_when_asking() -> None:
    with pytest.raises(TypeError):
        note.enqueue(wort="a")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        note.enqueue(word=UUID(int=1))  # type: ignore[arg-type]
    assert not Job.objects.exists()


def test_high_priority_first_then_the_oldest() -> None:
    note.enqueue(word="second")
    note.enqueue(word="third")
    note.using(priority=50).enqueue(word="first")
    note.using(priority=-5).enqueue(word="last")
    run_pending()
    assert seen == ["first", "second", "third", "last"]


def test_a_deferred_job_waits_for_the_business_clock() -> None:
    with clock.at(NOON):
        note.using(run_after=NOON + timedelta(days=3)).enqueue(word="later")
        assert run_pending() == 0
    with clock.at(NOON + timedelta(days=3)):
        assert run_pending() == 1


def test_run_pending_until_a_moment_ahead() -> None:
    note.using(run_after=moments.business() + timedelta(days=3)).enqueue(word="later")
    assert run_pending() == 0
    assert run_pending(until=moments.business() + timedelta(days=4)) == 1


def test_a_failed_job_leaves_nothing_behind_waits_longer_and_then_stands_for_a_person() -> None:
    with clock.at(NOON):
        job_id = always_fails.enqueue(word="张三")
        assert run_pending() == 1
        row = Job.objects.get(id=job_id)
        assert (row.state, row.attempts) == (State.READY, 1)
        assert NOON < row.run_after < NOON + timedelta(seconds=4)
        assert run_pending() == 0
    with clock.at(NOON + timedelta(minutes=1)):
        assert run_pending() == 1
        assert run_pending(until=NOON + timedelta(days=1)) == 0
    row.refresh_from_db()
    assert (row.state, row.error_class) == (State.FAILED, "builtins.ValueError")
    assert row.error_message == "no ••• for •••"
    assert "always_fails" in row.error_where
    assert not Job.objects.filter(kind="test.trace").exists()
    assert [j.id for j in queries.failed_jobs()] == [job_id]
    assert queries.queue_state().counts == {"failed": 1}


def test_a_failed_job_can_be_run_again_under_its_message_id_or_be_laid_aside() -> None:
    with clock.at(NOON):
        job_id = always_fails.enqueue(word="x")
        run_pending()
    with clock.at(NOON + timedelta(days=1)):
        run_pending()
        before = Job.objects.get(id=job_id)
        assert before.state == State.FAILED
        assert queue.run_again(job_id)
        after = Job.objects.get(id=job_id)
        assert (after.state, after.attempts, after.message_id) == (State.READY, 0, before.message_id)
        assert not queue.run_again(job_id)
        assert not queue.abandon(job_id)
        run_pending()
    with clock.at(NOON + timedelta(days=2)):
        run_pending()
    assert queue.abandon(job_id)
    assert queries.failed_jobs() == []


def test_a_unique_key_holds_while_unfinished_and_a_call_during_the_run_runs_it_once_more() -> None:
    first = once.enqueue(case="7")
    assert once.enqueue(case="7") == first
    assert once.enqueue(case="8") != first
    run_pending()
    assert sorted(map(str, seen)) == ["7", "7", "8"]
    assert once.enqueue(case="7") != first  # it is finished: a new one


def test_a_unique_key_given_when_asking() -> None:
    a = note.using(unique_key="k").enqueue(word="a")
    assert note.using(unique_key="k").enqueue(word="b") == a
    assert run_pending() == 1


def test_an_outside_job_keeps_its_message_id_over_attempts() -> None:
    start = moments.business()
    job_id = outside.enqueue(word="x")
    for hour in range(3):
        run_pending(until=start + timedelta(hours=hour + 1))
    assert [(attempt, last) for _, attempt, last in seen] == [(1, False), (2, False), (3, True)]  # type: ignore[misc]
    assert {message for message, _, _ in seen} == {Job.objects.get(id=job_id).message_id}  # type: ignore[misc]


def test_many_in_one_insert(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        assert len(note.enqueue_many({"word": str(n)} for n in range(30))) == 30
    assert run_pending() == 30


def test_an_unknown_job_waits_for_a_version_that_knows_it() -> None:
    row = Job.objects.create(kind="nobody.knows", run_after=NOON)
    run_pending()
    row.refresh_from_db()
    assert row.state == State.READY
    assert row.error_class.endswith("UnknownJob")


def test_a_lost_lease_settles_nothing() -> None:
    note.enqueue(word="a")
    row = queue.claim("first")[0]
    Job.objects.filter(id=row.id).update(lease_until=moments.real() - timedelta(seconds=1))
    taken_over = queue.claim("second")[0]
    assert taken_over.id == row.id
    with pytest.raises(queue.LeaseLost):
        queue.run_inside(row, lambda: seen.append("wrong"))
    queue.fail(row, ValueError())
    queue.run_inside(taken_over, lambda: seen.append("right"))
    assert seen == ["right"]
    assert Job.objects.get(id=row.id).state == State.DONE


def test_what_an_outside_job_gives_back_is_done_with_its_end() -> None:
    job_id = in_two_steps.enqueue(word="a")
    run_pending()
    assert seen == ["told a", "wrote a"] and Job.objects.get(id=job_id).state == State.DONE
    assert Job.objects.filter(kind="test.trace").count() == 1
    in_two_steps(word="here and now")
    assert "told here and now" in seen and Job.objects.filter(kind="test.trace").count() == 2


def test_what_it_gives_back_is_undone_with_its_failure() -> None:
    job_id = in_two_steps.enqueue(word="bad")
    run_pending()
    row = Job.objects.get(id=job_id)
    assert (row.state, row.attempts, row.error_class) == (State.READY, 1, "builtins.ValueError")
    assert seen == ["told bad"] and not Job.objects.filter(kind="test.trace").exists()


def test_what_it_gives_back_is_not_done_once_another_worker_has_the_job() -> None:
    in_two_steps.enqueue(word="a")
    row = queue.claim("first")[0]
    Job.objects.filter(id=row.id).update(lease_until=moments.real() - timedelta(seconds=1))
    taken_over = queue.claim("second")[0]
    with pytest.raises(queue.LeaseLost):
        queue.run_outside(row, lambda: in_two_steps.function(word="a"))
    assert seen == ["told a"] and not Job.objects.filter(kind="test.trace").exists()
    queue.run_outside(taken_over, lambda: in_two_steps.function(word="a"))
    assert len(seen) == 3 and Job.objects.filter(kind="test.trace").count() == 1


def test_ends_written_together_stand_and_fall_alone() -> None:
    for word in ("a", "bad", "c", "lost"):
        in_two_steps.enqueue(word=word)
    rows = {row.args["word"]: row for row in queue.claim("w", limit=10)}
    Job.objects.filter(id=rows["lost"].id).update(token=uuid4())
    not_settled: list[tuple[str, str]] = []

    def noted(row: Job, error: Exception) -> None:
        not_settled.append((row.args["word"], type(error).__name__))
        queue.fail(row, error)

    queue.settle_together([(row, in_two_steps.function(word=word)) for word, row in rows.items()], noted)

    assert not_settled == [("bad", "ValueError"), ("lost", "LeaseLost")]
    states = {row.args["word"]: row.state for row in Job.objects.filter(kind="test.in_two_steps")}
    assert states == {"a": State.DONE, "bad": State.READY, "c": State.DONE, "lost": State.RUNNING}
    assert Job.objects.filter(kind="test.trace").count() == 2
    assert [word for word in seen if str(word).startswith("wrote")] == ["wrote a", "wrote c"]


def test_jobs_claimed_together_are_each_their_own(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(5):
        note.enqueue(word=str(number))
    outside.enqueue(word="longer")
    Job.objects.filter(kind="test.outside").update(lease_seconds=600)
    # the savepoint, leases that ended and what is ready, of three lanes, one update for each length
    with django_assert_num_queries(10):
        rows = queue.claim("w", limit=10)
    assert len(rows) == 6 and {row.state for row in Job.objects.all()} == {State.RUNNING}
    queue.run_inside(rows[0], lambda: None)
    assert [row.state for row in Job.objects.order_by("id")].count(State.DONE) == 1
    queue.give_back(rows[1])
    assert Job.objects.get(id=rows[1].id).attempts == 0
    stored = Job.objects.get(id=rows[-1].id)
    assert (stored.workers, stored.lease_until) == (["w"], rows[-1].lease_until)


def test_a_job_that_kills_its_worker_each_time_ends_as_failed() -> None:
    job_id = always_fails.enqueue(word="a")
    for _ in range(2):
        assert [row.id for row in queue.claim("w")] == [job_id]
        Job.objects.update(lease_until=moments.real() - timedelta(seconds=1))
    assert queue.claim("w") == []
    row = Job.objects.get(id=job_id)
    assert (row.state, row.attempts) == (State.FAILED, 2)
    assert row.error_class.endswith("WorkerLost")


def test_the_heartbeat_prolongs_a_lease_and_a_job_given_back_is_as_before() -> None:
    note.enqueue(word="a")
    row = queue.claim("w")[0]
    Job.objects.update(lease_until=moments.real() + timedelta(seconds=1))
    queue.keep([row])
    assert Job.objects.get().lease_until > moments.real() + timedelta(seconds=30)  # type: ignore[operator]
    queue.give_back(row)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.token) == (State.READY, 0, None)


def test_finished_work_is_forgotten_failed_work_is_not() -> None:
    note.enqueue(word="a")
    run_pending()
    Job.objects.create(kind="x", run_after=NOON, state=State.FAILED, finished_at=NOON)
    assert queue.purge(timedelta(days=1)) == 0
    assert queue.purge(timedelta(0)) == 1
    assert Job.objects.get().state == State.FAILED


def test_an_idle_look_is_two_reads(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(2):
        assert not queue.anything_due(lane=Lane.PLAIN)
