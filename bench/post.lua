-- wrk script: POST one JSON body, read from the file named by BODY. Where it says @N@, each request has another number.
local file = assert(io.open(os.getenv("BODY"), "r"))
local text = file:read("*a")
file:close()
wrk.method = "POST"
wrk.body = text
wrk.headers["Content-Type"] = "application/json"
local auth = os.getenv("AUTH")
if auth then wrk.headers["Authorization"] = auth end
if text:find("@N@", 1, true) then
  local n = os.time() * 1000
  request = function()
    n = n + 1
    return wrk.format(nil, nil, nil, (text:gsub("@N@", string.format("%d", n))))
  end
end
