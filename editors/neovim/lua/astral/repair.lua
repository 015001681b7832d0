--- `:Astral repair`: the quick fixes of the errors on the cursor's line, verified before they are offered.

local fill = require("astral.fill")
local place = require("astral.place")
local server = require("astral.server")

local M = {}

local KIND = "quickfix.astral.repair"

---@param client vim.lsp.Client
---@param bufnr integer
---@param version integer
---@param action lsp.CodeAction
local function apply(client, bufnr, version, action)
  local function put(edit)
    if vim.lsp.util.buf_versions[bufnr] ~= version then
      return server.say("the text changed meanwhile; repair again", vim.log.levels.WARN)
    end
    place.break_undo(bufnr)
    vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
  end
  if action.edit then
    return put(action.edit)
  end
  client:request("codeAction/resolve", action, function(problem, resolved)
    if problem or not resolved.edit then
      return server.say(problem and fill.said(problem) or "the repair has no edit", vim.log.levels.WARN)
    end
    put(resolved.edit)
  end, bufnr)
end

function M.repair()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = server.client(bufnr)
  if not client then
    return
  end
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local range = place.range(bufnr, client, { row, 0 }, { row, vim.v.maxcol })
  local diagnostics = vim.tbl_map(function(diagnostic)
    return vim.tbl_get(diagnostic, "user_data", "lsp")
  end, vim.diagnostic.get(bufnr, { lnum = row }))
  local document = place.document(bufnr)
  local parameters = {
    textDocument = { uri = document.uri },
    range = range,
    context = { diagnostics = diagnostics, only = { KIND }, triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Invoked },
  }
  client:request("textDocument/codeAction", parameters, function(problem, actions)
    if problem then
      return server.say(fill.said(problem), vim.log.levels.WARN)
    end
    actions = vim.tbl_filter(function(action)
      return action.disabled == nil
    end, actions or {})
    if #actions == 0 then
      return server.say(#diagnostics == 0 and "no error is known on this line" or "no repair was found that holds")
    end
    vim.ui.select(actions, {
      prompt = "astral: repair",
      kind = "codeaction",
      format_item = function(action)
        return action.title
      end,
    }, function(action)
      if action then
        apply(client, bufnr, document.version, action)
      end
    end)
  end, bufnr)
end

return M
