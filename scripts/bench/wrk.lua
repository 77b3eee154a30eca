-- wrk -s wrk.lua URL -- PATH BODY_FILE [TOKEN]: sends one POST again and again, says what came of it as JSON.

local request_bytes

function init(args)
  local file = io.open(args[2], "rb")
  local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
  if args[3] then headers["authorization"] = "Bearer " .. args[3] end
  request_bytes = wrk.format("POST", args[1], headers, file:read("*a"))
  file:close()
end

function request()
  return request_bytes
end

-- There is no response(): without it wrk counts statuses of 400 and more by itself, which costs the client nothing.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
