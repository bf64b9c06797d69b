// What Redis does in one step. All keys of a shard have its prefix, with a hash tag in it: they lie on one node of a cluster. What
// they begin with is known by the keys that a script is given: a client may put something before it (`keyPrefix`).
//
// | key behind the prefix | what |
// |---|---|
// | `v:KEY` | a value (value.ts), its identifier first |
// | `b:NAME` | a body that is kept by itself |
// | `g:ORIGIN\nGROUP` | the keys in a group, by when they are of no use any more; a group without a name is the whole origin |
// | `version` | when counting began, and how many invalidations there were: `MICROSECONDS:COUNT` |
// | `i:NAME` | the count at which something was invalidated last, for as long as anything may be asked for |
// | `l:KEY`, `n:KEY`, `fence` | whose turn it is to ask the origin server; that nothing came of it; the latest turn |

const VERSION = `
local prefix = string.sub(KEYS[1], 1, -1 - #'version')
local function version()
  local known = redis.call('GET', KEYS[1])
  if known then return string.match(known, '^(%d+):(%d+)$') end
  local time = redis.call('TIME')
  local since = time[1] .. string.format('%06d', time[2])
  redis.call('SET', KEYS[1], since .. ':0')
  return since, '0'
end
local function leave(groups, key)
  for _, group in ipairs(groups) do redis.call('ZREM', prefix .. 'g:' .. group, key) end
end`;

/** KEYS: version. The version, which begins with it: what was counted by a Redis that has lost everything is another. */
export const BEGIN = `${VERSION}
local began, count = version()
return began .. ':' .. count`;

/** KEYS: version, value. ARGV: key, identifier that is expected, version of the asking, milliseconds, value, and JSON. */
export const WRITE = `${VERSION}
local key, ttl, value = ARGV[1], tonumber(ARGV[4]), ARGV[5]
local more = cjson.decode(ARGV[6])
local function nothing(outcome)
  for _, name in ipairs(more.apart) do redis.call('DEL', prefix .. 'b:' .. name) end
  return outcome
end
if redis.call('GETRANGE', KEYS[2], 0, 21) ~= ARGV[2] then return nothing('conflict') end
local began, count = version()
local asked, since = string.match(ARGV[3], '^(%d+):(%d+)$')
if asked ~= began then return nothing('refused') end
for _, name in ipairs(more.names) do
  local at = redis.call('GET', prefix .. 'i:' .. name)
  if at and tonumber(at) > tonumber(since) then return nothing('refused') end
end
-- Redis may have let go of a body meanwhile: nothing speaks of what is not there as a whole.
for _, name in ipairs(more.apart) do
  local length = tonumber(string.match(name, '%.(%d+)$'))
  if redis.call('STRLEN', prefix .. 'b:' .. name) ~= length then return nothing('refused') end
end
-- What takes room comes first: if there is none, Redis ends the script there, and nothing has changed.
if value == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], value, 'PX', ttl)
  -- Bodies live as long as what speaks of them.
  for _, name in ipairs(more.kept) do redis.call('PEXPIRE', prefix .. 'b:' .. name, ttl) end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  for _, group in ipairs(more.groups) do
    local members = prefix .. 'g:' .. group
    redis.call('ZREMRANGEBYSCORE', members, '-inf', now)
    redis.call('ZADD', members, now + ttl, key)
    if redis.call('PTTL', members) < ttl then redis.call('PEXPIRE', members, ttl) end
  end
end
leave(more.left, key)
for _, name in ipairs(more.freed) do redis.call('DEL', prefix .. 'b:' .. name) end
if more.channel then redis.call('PUBLISH', more.channel, cjson.encode({ by = more.by, keys = { key } })) end
return 'written'`;

/** KEYS: body. ARGV: a piece of it, where that begins, and for how many milliseconds it stays. */
export const PUT = `
-- Where Redis has let go of it meanwhile, zeros would be put in the place of what came before.
if redis.call('STRLEN', KEYS[1]) < tonumber(ARGV[2]) then
  return redis.error_reply('GONE what came before of a body is not there any more')
end
redis.call('SETRANGE', KEYS[1], ARGV[2], ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`;

/** KEYS: version. ARGV: milliseconds for which an asking may last, and JSON. A Redis that is full does it, too: it frees more than it takes. */
export const INVALIDATE = `#!lua flags=allow-oom${VERSION}
local more = cjson.decode(ARGV[2])
local began, count = version()
count = count + 1
redis.call('SET', KEYS[1], began .. ':' .. string.format('%d', count))
for _, name in ipairs(more.names) do
  redis.call('SET', prefix .. 'i:' .. name, string.format('%d', count), 'PX', ARGV[1])
end
local function remove(key)
  local head = redis.call('GETRANGE', prefix .. 'v:' .. key, 22, 131071)
  local line = string.match(head, '^(.-)\\n')
  if line then
    local read, known = pcall(cjson.decode, line)
    if read then
      leave(known.groups, key)
      for _, body in ipairs(known.bodies) do if body[3] then redis.call('DEL', prefix .. 'b:' .. body[3]) end end
    end
  end
  redis.call('DEL', prefix .. 'v:' .. key)
end
for _, key in ipairs(more.keys) do
  remove(key)
  -- Who asks now does not wait for who has asked before.
  redis.call('DEL', prefix .. 'l:' .. key)
end
for _, group in ipairs(more.groups) do
  for _, key in ipairs(redis.call('ZRANGE', prefix .. 'g:' .. group, 0, -1)) do remove(key) end
  redis.call('DEL', prefix .. 'g:' .. group)
end
redis.call('PUBLISH', more.channel, cjson.encode({ by = more.by, keys = more.keys, groups = more.groups }))
return count`;

/** KEYS: value. ARGV: key, token, milliseconds, identifier that was seen. The turn; 0 to wait, -1 to go alone, -2 to look again. */
export const LEAD = `
local key = ARGV[1]
local prefix = string.sub(KEYS[1], 1, -1 - #('v:' .. key))
if redis.call('GETRANGE', KEYS[1], 0, 21) ~= ARGV[4] then return -2 end
if redis.call('EXISTS', prefix .. 'n:' .. key) == 1 then return -1 end
if not redis.call('SET', prefix .. 'l:' .. key, ARGV[2], 'NX', 'PX', ARGV[3]) then return 0 end
return redis.call('INCR', prefix .. 'fence')`;

/** KEYS: lock. ARGV: token, milliseconds. Whether it is still one's turn. */
export const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** KEYS: lock, note, value. ARGV: token, channel, key, identifier that was seen, milliseconds for the note. */
export const END = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
local stored = redis.call('GETRANGE', KEYS[3], 0, 21) ~= ARGV[4]
if not stored then redis.call('SET', KEYS[2], '1', 'PX', ARGV[5]) end
return redis.call('PUBLISH', ARGV[2], cjson.encode({ done = ARGV[3], stored = stored }))`;
