"""torch as most programs use it: every operation when it is written."""
import torch_parts
import workload

workload.main(torch_parts.Training)
