--- Verdicts as people read them, as the server writes them elsewhere. A tick stands only for a verdict that was obtained.

local M = {}

---@alias astral.Outcome "pass"|"fail"|"skipped"

---@class astral.Candidate
---@field text string
---@field score number
---@field source string
---@field verdicts table<string, astral.Outcome>
---@field why table<string, string> Why a verdict is not `pass`.
---@field edit lsp.WorkspaceEdit

local REQUIRED = { "syntax", "types" }
local ORDER = { "syntax", "types", "tests", "spec" }
local WORDS = {
  pass = { "✓ %s", "AstralPass" },
  fail = { "✗ %s", "AstralFail" },
  skipped = { "%s not checked", "AstralUnchecked" },
}

---@param candidate astral.Candidate
---@return boolean
function M.is_verified(candidate)
  return vim.iter(REQUIRED):all(function(domain)
    return candidate.verdicts[domain] == "pass"
  end)
end

---@param domain string
---@param outcome astral.Outcome
local function is_told(domain, outcome)
  if domain == "syntax" then
    return outcome ~= "pass"
  end
  return outcome ~= "skipped" or vim.list_contains(REQUIRED, domain)
end

--- `✓ types ✓ tests`, each with its highlight group.
---@param candidate astral.Candidate
---@return [string, string][]
function M.chunks(candidate)
  local chunks = {} ---@type [string, string][]
  for _, domain in ipairs(ORDER) do
    local outcome = candidate.verdicts[domain] or (vim.list_contains(REQUIRED, domain) and "skipped" or nil)
    if outcome and is_told(domain, outcome) then
      local word, group = unpack(WORDS[outcome])
      chunks[#chunks + 1] = { word:format(domain), group }
    end
  end
  return chunks
end

--- Why a candidate is not verified, in one line.
---@param candidate astral.Candidate
---@return string
function M.reasons(candidate)
  local told = {}
  for _, domain in ipairs(REQUIRED) do
    local outcome = candidate.verdicts[domain] or "skipped"
    if outcome ~= "pass" then
      local why = candidate.why[domain]
      told[#told + 1] = WORDS[outcome][1]:format(domain) .. (why and (": " .. why) or "")
    end
  end
  return table.concat(told, "; ")
end

return M
