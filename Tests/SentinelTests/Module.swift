// SentinelTests
