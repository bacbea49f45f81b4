"""The use case "refresh": lists whose data have changed since they were expanded are expanded again."""

from lookalike.refreshing.carrying_out import Churn, Hold, Refreshed, carry_out
from lookalike.refreshing.due import Due, Last, plan

__all__ = ["Churn", "Due", "Hold", "Last", "Refreshed", "carry_out", "plan"]
