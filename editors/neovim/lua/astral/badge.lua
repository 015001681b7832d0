--- Verdicts as people read them, as the server writes them elsewhere. A tick stands only for a verdict that was obtained.

local M = {}

---@alias astral.Outcome "pass"|"fail"|"skipped"

---@class astral.Candidate
---@field text string
---@field score number
---@field source string
---@field verdicts table<string, astral.Outcome>
---@field why table<string, string> Why a verdict is not `pass`; how many examples held, where `tests` is.
---@field edit lsp.WorkspaceEdit

local REQUIRED = { "syntax", "types" }
local ORDER = { "syntax", "types", "tests", "spec" }
local WORDS = {
  pass = { "✓ %s", "AstralPass" },
  fail = { "✗ %s", "AstralFail" },
  skipped = { "%s not checked", "AstralUnchecked" },
}

--- What was not checked and has to be, and what was found wrong.
---@param candidate astral.Candidate
---@return string[]
local function unverified(candidate)
  return vim
    .iter(ORDER)
    :filter(function(domain)
      local outcome = candidate.verdicts[domain]
      return outcome == "fail" or (vim.list_contains(REQUIRED, domain) and outcome ~= "pass")
    end)
    :totable()
end

---@param candidate astral.Candidate
---@return boolean whether every required verifier passed, and none found it wrong
function M.is_verified(candidate)
  return #unverified(candidate) == 0
end

--- A tick for tests says how many examples held: in general it would claim too much.
---@param candidate astral.Candidate
---@param domain string
---@param outcome astral.Outcome
local function word(candidate, domain, outcome)
  local told = domain == "tests" and outcome == "pass" and candidate.why[domain] or domain
  return WORDS[outcome][1]:format(told)
end

---@param domain string
---@param outcome astral.Outcome
local function is_told(domain, outcome)
  if domain == "syntax" then
    return outcome ~= "pass"
  end
  return outcome ~= "skipped" or vim.list_contains(REQUIRED, domain)
end

--- `✓ types ✓ 3/3 examples`, each with its highlight group.
---@param candidate astral.Candidate
---@return [string, string][]
function M.chunks(candidate)
  local chunks = {} ---@type [string, string][]
  for _, domain in ipairs(ORDER) do
    local outcome = candidate.verdicts[domain] or (vim.list_contains(REQUIRED, domain) and "skipped" or nil)
    if outcome and is_told(domain, outcome) then
      chunks[#chunks + 1] = { word(candidate, domain, outcome), WORDS[outcome][2] }
    end
  end
  return chunks
end

--- Why a candidate is not verified, in one line.
---@param candidate astral.Candidate
---@return string
function M.reasons(candidate)
  local told = {}
  for _, domain in ipairs(unverified(candidate)) do
    local why = candidate.why[domain]
    told[#told + 1] = word(candidate, domain, candidate.verdicts[domain] or "skipped") .. (why and (": " .. why) or "")
  end
  return table.concat(told, "; ")
end

return M
