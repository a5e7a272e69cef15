"""Job queues, one file each; the contract is storage.jobs."""
