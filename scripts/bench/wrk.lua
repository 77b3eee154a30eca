-- wrk -s wrk.lua URL -- PATH BODY_FILE TOKEN ACCEPT STEP: sends one POST again and again, says what came of it as JSON.
-- With a STEP above 0 the time in the body is that many seconds later in every request.

local before, after, time, step

function init(args)
  local file = io.open(args[2], "rb")
  local headers = { ["content-type"] = "application/json", ["accept"] = args[4] }
  if args[3] ~= "" then headers["authorization"] = "Bearer " .. args[3] end
  local bytes = wrk.format("POST", args[1], headers, file:read("*a"))
  file:close()
  step = tonumber(args[5])
  before, after = bytes, ""
  if step > 0 then
    local first, last, y, m, d, h, i, s = bytes:find("(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):(%d%d)Z")
    before, after = bytes:sub(1, first - 1), bytes:sub(last + 1)
    time = os.time({ year = y, month = m, day = d, hour = h, min = i, sec = s })
  end
end

function request()
  if step == 0 then return before end
  time = time + step
  return before .. os.date("%Y-%m-%dT%H:%M:%SZ", time) .. after
end

-- There is no response(): without it wrk counts statuses of 400 and more by itself, which costs the client nothing.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
