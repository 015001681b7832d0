--- The float of a fill: the goal, the ranked candidates with their badges; the one under the cursor is previewed in its hole.

local badge = require("astral.badge")
local float = require("astral.float")
local forming = require("astral.forming")
local goal = require("astral.goal")

local M = {}

--- What a candidate adds beside the hole: its imports.
---@param candidate astral.Candidate
---@param range lsp.Range
---@return string[]
local function additions(candidate, range)
  local added = {}
  for _, change in ipairs(candidate.edit.documentChanges or {}) do
    for _, edit in ipairs(change.edits or {}) do
      if not vim.deep_equal(edit.range, range) then
        added[#added + 1] = vim.trim(edit.newText)
      end
    end
  end
  return added
end

---@param number integer
---@param candidate astral.Candidate
---@param range lsp.Range
---@return astral.Line
local function row(number, candidate, range)
  local lines = vim.split(vim.trim(candidate.text), "\n", { plain = true })
  local more = #lines > 1 and (" … +%d lines"):format(#lines - 1) or ""
  local line = { { ("%d  "):format(number), "AstralMuted" }, { lines[1], "" }, { more, "AstralMuted" } } ---@type astral.Line
  for _, chunk in ipairs(badge.chunks(candidate)) do
    vim.list_extend(line, { { "  ", "" }, chunk })
  end
  line[#line + 1] = { "  " .. candidate.source, "AstralMuted" }
  for _, import in ipairs(additions(candidate, range)) do
    line[#line + 1] = { "  + " .. import, "AstralPreview" }
  end
  return line
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param winid integer
---@param hole astral.Hole
---@param fill astral.Fill
function M.open(client, bufnr, winid, hole, fill)
  local lines = vim.list_extend(goal.head(hole), goal.scope_line(hole))
  if fill.status ~= "accepted" and fill.why ~= "" then
    lines[#lines + 1] = { { ("%s: %s"):format(fill.status, fill.why), "AstralUnchecked" } }
  end
  lines[#lines + 1] = { { "", "" } }
  local first = #lines + 1
  for number, candidate in ipairs(fill.candidates) do
    lines[#lines + 1] = row(number, candidate, fill.range)
  end
  forming.begin(bufnr, fill.version, { hole })
  local shown, own, close = float.open(lines, {
    title = "Fill " .. fill.hole,
    footer = "<CR> accept · 1-9 accept that one · q close",
    closed = function()
      forming.clear(bufnr)
    end,
  })
  local function preview()
    local candidate = fill.candidates[vim.api.nvim_win_get_cursor(own)[1] - first + 1]
    if candidate then
      forming.show(bufnr, hole.id, candidate.text, client.offset_encoding, "AstralPreview")
    end
  end
  local function accept(number)
    local candidate = fill.candidates[number]
    if not candidate then
      return
    end
    close()
    if vim.api.nvim_win_is_valid(winid) then
      vim.api.nvim_set_current_win(winid)
    end
    require("astral.fill").apply(client, bufnr, fill, candidate)
  end
  vim.keymap.set("n", "<CR>", function()
    accept(vim.api.nvim_win_get_cursor(own)[1] - first + 1)
  end, { buffer = shown, nowait = true, desc = "accept" })
  for number = 1, math.min(9, #fill.candidates) do
    vim.keymap.set("n", tostring(number), function()
      accept(number)
    end, { buffer = shown, nowait = true, desc = "accept " .. number })
  end
  vim.api.nvim_create_autocmd("CursorMoved", { buffer = shown, callback = preview })
  vim.wo[own].cursorline = true
  vim.api.nvim_win_set_cursor(own, { first, 0 })
  preview()
end

return M
