"""任务 Background work: leases, heartbeats, retries, unique keys, schedules, behind the Django Tasks interface.

May touch: foundation. Start reading at `registry.py` (how a job is declared), then `worker.py`.
"""
