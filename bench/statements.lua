-- wrk script: as post.lua, and tells the fewest and the most statements and unplanned loads that Server-Timing told of,
-- of all answers. wrk is slower for it: not for measuring speed.
dofile(os.getenv("POST"))
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init()
  answers, fewest, most, loads = 0, 1 / 0, 0, 0
end
function response(_, headers)
  local told = headers["Server-Timing"] or ""
  local n = tonumber(told:match('db;desc="(%d+) statements"')) or 1 / 0
  answers, fewest, most = answers + 1, math.min(fewest, n), math.max(most, n)
  loads = math.max(loads, tonumber(told:match('loader;desc="(%d+) unplanned')) or 1 / 0)
end
function done()
  for _, t in ipairs(threads) do
    if t:get("answers") == 0 then print("Statements: none, no answer came in time") return end
    print(string.format("Statements: %d to %d, unplanned loads at most %d, in %d answers",
      t:get("fewest"), t:get("most"), t:get("loads"), t:get("answers")))
  end
end
