--- What a hole wants, as lines with highlights: σ and why, the intent, the names that fit.

local config = require("astral.config")

local M = {}

---@alias astral.Line [string, string][] Chunks of text with their highlight group.

---@param value any
---@return any
local function known(value)
  return value ~= vim.NIL and value or nil
end

---@param entry { name: string, type?: string, origin: string }
---@return string
local function name(entry)
  local type = known(entry.type)
  return type and ("%s: %s"):format(entry.name, type) or entry.name
end

--- The names of Γ worth showing, and under which heading: those that fit, else those that may, else all but the builtins.
---@param hole astral.Hole
---@return string heading
---@return { name: string, type?: string, fits?: boolean, origin: string }[] entries
function M.names(hole)
  local fits, may, own = {}, {}, {}
  for _, entry in ipairs(hole.scope) do
    if entry.fits == true then
      fits[#fits + 1] = entry
    end
    if entry.origin ~= "builtin" then
      own[#own + 1] = entry
      if entry.fits == nil or entry.fits == vim.NIL then
        may[#may + 1] = entry
      end
    end
  end
  if #fits > 0 then
    return "fits", fits
  elseif #may > 0 then
    return "may fit", may
  end
  return "in scope", own
end

--- The head of a float: the hole, σ, why, the intent.
---@param hole astral.Hole
---@return astral.Line[]
function M.head(hole)
  local expected = known(hole.expected_type)
  local lines = { { { hole.id .. " · " .. hole.kind, "AstralMuted" } } } ---@type astral.Line[]
  if expected then
    vim.list_extend(lines[1], { { "  ▢: ", "AstralMuted" }, { expected, "AstralType" } })
  end
  if known(hole.expected_because) and hole.expected_because ~= "" then
    lines[#lines + 1] = { { hole.expected_because, "AstralMuted" } }
  end
  if known(hole.intent) then
    lines[#lines + 1] = { { "intent  ", "AstralMuted" }, { hole.intent, "" } }
  end
  return lines
end

--- One line of names for the float of candidates.
---@param hole astral.Hole
---@return astral.Line[]
function M.scope_line(hole)
  local heading, entries = M.names(hole)
  if #entries == 0 then
    return {}
  end
  local limit = config.read().float.names
  local shown = vim.tbl_map(name, vim.list_slice(entries, 1, limit))
  local more = #entries > limit and (" … %d more"):format(#entries - limit) or ""
  return { { { heading .. "  ", "AstralMuted" }, { table.concat(shown, " · ") .. more, "" } } }
end

--- The whole goal: every name of Γ but the builtins that do not fit, and the constraints.
---@param hole astral.Hole
---@return astral.Line[]
function M.whole(hole)
  local lines = M.head(hole)
  local words = { [true] = { "✓ ", "AstralPass" }, [false] = { "✗ ", "AstralMuted" } }
  lines[#lines + 1] = { { "", "" } }
  for _, entry in ipairs(hole.scope) do
    if entry.fits == true or entry.origin ~= "builtin" then
      lines[#lines + 1] =
        { words[known(entry.fits)] or { "? ", "AstralUnchecked" }, { name(entry), "" }, { " · " .. entry.origin, "AstralMuted" } }
    end
  end
  if #hole.constraints > 0 then
    lines[#lines + 1] = { { "", "" } }
  end
  for _, constraint in ipairs(hole.constraints) do
    lines[#lines + 1] = { { constraint.domain .. "  ", "AstralMuted" }, { constraint.text, "" } }
  end
  return lines
end

return M
